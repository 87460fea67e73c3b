import { type ActionFunctionArgs, data, type LoaderFunctionArgs } from "@remix-run/node";
import { safeRedirect } from "remix-utils/safe-redirect";
import type { z } from "zod";
import { AppError, type ErrorCode, invalid } from "#app/errors.ts";
import { type FormFailure, formFailure } from "#app/schemas/form-failure.ts";
import type { RequestContext } from "./context.ts";
import { wordsFor } from "./error-words.server.ts";
import { asAppError } from "./failure.server.ts";
import { parse } from "./input.server.ts";
import { STATUS } from "./status.ts";

export type { FormFailure };

/** One request for a page. */
export interface Visit {
  request: Request;
  url: URL;
  params: LoaderFunctionArgs["params"];
  context: RequestContext;
}

/** A form as it was sent. */
export interface SubmittedForm {
  /** The field `intent`: which of a page's forms this is; "" without one. */
  intent: string;
  /** A field's text, "" when it is absent. */
  get(name: string): string;
  /** @throws AppError VALIDATION_ERROR */
  parse<S extends z.ZodType>(schema: S): z.output<S>;
}

/** What is given back costs time for each of them. */
const FIELDS_MAX = 100;

/** Fields that steer a form rather than being its input. */
const STEERING = new Set(["intent", "id", "mark", "redirectTo", "return_to"]);

/** Failures after which the form is shown again: to be mended, to be sent once more, or to see that it is too late. */
const KEEPS_FORM = new Set<ErrorCode>([
  "FORBIDDEN",
  "NOT_FOUND",
  "VALIDATION_ERROR",
  "EMAIL_EXISTS",
  "INVALID_CREDENTIALS",
  "RATE_LIMITED",
  "DB_ERROR",
]);

function visitOf({ request, params, context }: LoaderFunctionArgs): Visit {
  return { request, params, context, url: new URL(request.url) };
}

/** Ends a page with its error page, under the status that belongs to the failure. */
function failPage(thrown: unknown, requestId: string): never {
  if (thrown instanceof Response) throw thrown;
  const error = asAppError(thrown, requestId);
  const status = STATUS[error.code];
  throw data(
    { code: error.code, message: error.message, words: wordsFor(status) },
    { status, headers: error.headers },
  );
}

/** A page's loader. What it throws becomes the route's error page. */
export function pageLoader<T>(
  handler: (visit: Visit) => Promise<T>,
): (args: LoaderFunctionArgs) => Promise<T> {
  return async (args) => {
    try {
      return await handler(visitOf(args));
    } catch (thrown) {
      return failPage(thrown, args.context.requestId);
    }
  };
}

/**
 * A page's action, for POST. A failure that can be mended is answered with a FormFailure, so that the same page shows
 * the form again as it was typed.
 */
export function pageAction<T>(
  handler: (visit: Visit & { form: SubmittedForm }) => Promise<T>,
): (args: ActionFunctionArgs) => Promise<T | FormFailure> {
  return async (args) => {
    const { request, context } = args;
    let fields = new FormData();
    try {
      if (request.method !== "POST") {
        throw new AppError("METHOD_NOT_ALLOWED", "A page takes GET and POST.", {
          headers: { Allow: "GET, HEAD, POST" },
        });
      }
      fields = await readForm(request);
      return await handler({ ...visitOf(args), form: submitted(fields) });
    } catch (thrown) {
      if (thrown instanceof Response) throw thrown;
      const error = asAppError(thrown, context.requestId);
      if (!KEEPS_FORM.has(error.code)) return failPage(error, context.requestId);
      const failure = formFailure(fields, error.message, error.details);
      // Remix hands the page the plain value; `data` only adds the status.
      return data(failure, { status: STATUS[error.code], headers: error.headers }) as unknown as FormFailure;
    }
  };
}

/** The action of a page that has no form. */
export async function noForm({ context }: ActionFunctionArgs): Promise<never> {
  const refusal = new AppError("METHOD_NOT_ALLOWED", "This page takes no form.", {
    headers: { Allow: "GET, HEAD" },
  });
  return failPage(refusal, context.requestId);
}

async function readForm(request: Request): Promise<FormData> {
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", "Send the form as a form.");
  }
  try {
    const fields = await request.formData();
    if ([...fields.keys()].length <= FIELDS_MAX) return fields;
  } catch (cause) {
    throw new AppError("BAD_REQUEST", "The form could not be read.", { cause });
  }
  throw new AppError("BAD_REQUEST", "That form has more fields than any of ours.");
}

function textFields(fields: FormData): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) {
    // Browsers send a line break as two characters, scripts as the one that was typed.
    if (typeof value === "string" && !STEERING.has(name)) texts[name] = value.replaceAll("\r\n", "\n");
  }
  return texts;
}

function submitted(fields: FormData): SubmittedForm {
  const get = (name: string) => {
    // Of a field that was given twice, the last one, as below.
    const value = fields.getAll(name).at(-1);
    return typeof value === "string" ? value : "";
  };
  return {
    intent: get("intent"),
    get,
    parse: (schema) => {
      const files = [...fields].flatMap(([name, value]) => (typeof value === "string" ? [] : [name]));
      if (files.length > 0)
        throw invalid(Object.fromEntries(files.map((name) => [name, ["Send text, not a file."]])));
      return parse(schema, textFields(fields));
    },
  };
}

/** A path on this site, or else the fallback: nobody is sent elsewhere by a link to us. */
export function safePath(value: string | null | undefined, fallback: string): string {
  const path = safeRedirect(value ?? "", fallback);
  // Backslashes and control characters are read as slashes, or skipped, by browsers; a header holds no other letters.
  return /^\/(?![/\\])[!-[\]-~]*$/.test(path) ? path : fallback;
}
