import { z } from "zod";
import { AppError, type FieldErrors, notFoundError, validationError } from "#app/errors.ts";
import { taskParamsSchema } from "#app/schemas/task.ts";

const UNKNOWN_FIELD = "This field is not known here. Leave it out.";

/** Enough to mend an input by; the answer to nonsense shall not be longer than the nonsense. */
const FIELDS_TOLD = 20;

/** Field → messages. What concerns the whole input stands under `form`, an unknown field under its own name. */
function fieldErrors(error: z.ZodError): FieldErrors {
  // Without a prototype, so that a field named like one of its members is only a field.
  const details: FieldErrors = Object.create(null);
  const add = (field: string, message: string) => {
    if (!(field in details) && Object.keys(details).length === FIELDS_TOLD) return;
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

/** @throws AppError VALIDATION_ERROR with what is wrong, field by field */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  // As an own property it is as unknown as any other field, but Zod would drop it unseen.
  if (Object.hasOwn(Object(input), "__proto__")) throw validationError({ ["__proto__"]: [UNKNOWN_FIELD] });
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw validationError(fieldErrors(parsed.error));
  return parsed.data;
}

/**
 * A query string. A field that is given twice has no one meaning, so it is refused.
 * @throws AppError VALIDATION_ERROR
 */
export function parseQuery<S extends z.ZodType>(url: URL, schema: S): z.output<S> {
  const fields = new Map<string, string>();
  const twice = new Set<string>();
  for (const [key, value] of url.searchParams) {
    if (fields.has(key) && twice.size < FIELDS_TOLD) twice.add(key);
    fields.set(key, value);
  }
  if (twice.size > 0)
    throw validationError(Object.fromEntries([...twice].map((key) => [key, ["Give this only once."]])));
  return parseInput(schema, Object.fromEntries(fields));
}

/** The parts of a path. What does not fit names nothing. @throws AppError NOT_FOUND */
export function parseParams<S extends z.ZodType>(params: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw notFoundError("There is nothing at this address.");
  return parsed.data;
}

/** A task's id from a page's address or form. @throws AppError NOT_FOUND */
export const parseTaskId = (raw: string | undefined): number => parseParams({ id: raw }, taskParamsSchema).id;

const notJson = (problem: string) => validationError({ body: [problem] });

const jsonObject = z.record(z.string(), z.unknown());

/**
 * A JSON body: an object, in UTF-8, of type application/json. Nothing at all counts as an empty object where `optional`.
 * @throws AppError UNSUPPORTED_MEDIA_TYPE or VALIDATION_ERROR
 */
export async function readJsonObject(request: Request, { optional = false } = {}): Promise<unknown> {
  const bytes = await request.arrayBuffer().catch((cause) => {
    throw new AppError("BAD_REQUEST", "The body did not arrive whole.", { cause });
  });
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a Content-Encoding.");
  }
  const type = request.headers.get("Content-Type");
  if (bytes.byteLength === 0 && (optional || type === null)) {
    if (optional) return {};
    throw notJson("Send a JSON object.");
  }
  // A charset is let pass if it says what we read anyway.
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type ?? "")) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "Send the body as Content-Type: application/json.");
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notJson("The body is not valid JSON in UTF-8.");
  }
  if (!jsonObject.safeParse(value).success || Array.isArray(value))
    throw notJson("The body must be a JSON object.");
  return value;
}
