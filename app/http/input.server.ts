import type { z } from "zod";
import { AppError, type FieldErrors, notFoundError, validationError } from "#app/errors.ts";
import { taskParamsSchema } from "#app/schemas/task.ts";

const UNKNOWN_FIELD = "Unknown field. Leave it out.";

/** Limits the error response, so that it is not larger than the request. */
const MAX_REPORTED_FIELDS = 20;

/** Groups messages by field. Errors of the whole input are listed under `form`, unknown fields under their own name. */
function fieldErrors(error: z.ZodError): FieldErrors {
  // Without a prototype, so that a field named "constructor" is an ordinary field.
  const details: FieldErrors = Object.create(null);
  const add = (field: string, message: string) => {
    if (!(field in details) && Object.keys(details).length === MAX_REPORTED_FIELDS) return;
    details[field] = [...(details[field] ?? []), message];
  };
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) add(key, UNKNOWN_FIELD);
    } else {
      add(issue.path.length > 0 ? issue.path.map(String).join(".") : "form", issue.message);
    }
  }
  return details;
}

/** Parses input. @throws AppError VALIDATION_ERROR with messages per field */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  // Zod drops an own property named __proto__ silently. It is rejected like any other unknown field.
  if (Object.hasOwn(Object(input), "__proto__")) throw validationError({ ["__proto__"]: [UNKNOWN_FIELD] });
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw validationError(fieldErrors(parsed.error));
  return parsed.data;
}

/**
 * Parses a query string. Rejects repeated parameters, because components disagree on which value counts.
 * @throws AppError VALIDATION_ERROR
 */
export function parseQuery<S extends z.ZodType>(url: URL, schema: S): z.output<S> {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [key, value] of url.searchParams) {
    if (values.has(key) && repeated.size < MAX_REPORTED_FIELDS) repeated.add(key);
    values.set(key, value);
  }
  if (repeated.size > 0) {
    const details = [...repeated].map((key) => [key, ["Send this parameter only once."]]);
    throw validationError(Object.fromEntries(details));
  }
  return parseInput(schema, Object.fromEntries(values));
}

/**
 * Parses optional request headers, by the names of the schema.
 * @throws AppError VALIDATION_ERROR with messages per header
 */
export function parseHeaders<S extends z.ZodObject>(headers: Headers, schema: S): z.output<S> {
  const sent = Object.keys(schema.shape).flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return parseInput(schema, Object.fromEntries(sent));
}

/** Parses path parameters. A value that cannot be an id is an unknown resource. @throws AppError NOT_FOUND */
export function parseParams<S extends z.ZodType>(params: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw notFoundError("Nothing was found at this address.");
  return parsed.data;
}

/** Parses a task id from a page's URL or form. @throws AppError NOT_FOUND */
export const parseTaskId = (raw: string | undefined): number => parseParams({ id: raw }, taskParamsSchema).id;

const invalidBody = (problem: string) => validationError({ body: [problem] });

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a JSON body: an object in UTF-8 of type application/json. If `optional`, a missing body is an empty object.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR, or BAD_REQUEST when the body is incomplete
 */
export async function readJsonObject(request: Request, { optional = false } = {}): Promise<unknown> {
  const bytes = await request.arrayBuffer().catch((cause) => {
    throw new AppError("BAD_REQUEST", "The request body is incomplete.", { cause });
  });
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new AppError(
      "UNSUPPORTED_MEDIA_TYPE",
      "Send the body uncompressed, without a Content-Encoding header.",
    );
  }
  const type = request.headers.get("Content-Type");
  if (bytes.byteLength === 0 && (optional || type === null)) {
    if (optional) return {};
    throw invalidBody("Send a JSON object.");
  }
  // The charset parameter is redundant in JSON; UTF-8 is the only one accepted.
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type ?? "")) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "Send the body with Content-Type: application/json.");
  }
  let value: unknown;
  try {
    value = JSON.parse(UTF_8.decode(bytes));
  } catch {
    throw invalidBody("The body is not valid JSON in UTF-8.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidBody("The body must be a JSON object.");
  return value;
}
