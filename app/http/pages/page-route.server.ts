import { type ActionFunctionArgs, data, type LoaderFunctionArgs } from "@remix-run/node";
import { safeRedirect } from "remix-utils/safe-redirect";
import type { z } from "zod";
import { AppError, type ErrorCode, validationError } from "#app/errors.ts";
import { parseInput } from "#app/http/input.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";
import { toAppError } from "#app/http/responses/error-response.server.ts";
import { errorHeaders, MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import { STATUS } from "#app/http/responses/status.ts";
import { type FormFailure, formFailure } from "#app/page-data/form-failure.ts";
import { errorCopy } from "./error-copy.server.ts";

export type { FormFailure };

/** One request for a page. */
export interface PageContext {
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
const CONTROL_FIELDS = new Set(["intent", "id", "mark", "redirectTo", "return_to"]);

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

function visitOf({ request, params, context }: LoaderFunctionArgs): PageContext {
  return { request, params, context, url: new URL(request.url) };
}

/** Ends a page with its error page, under the status that belongs to the failure. */
function failPage(thrown: unknown, requestId: string): never {
  if (thrown instanceof Response) throw thrown;
  const error = toAppError(thrown, requestId);
  const status = STATUS[error.code];
  throw data(
    { code: error.code, message: error.message, words: errorCopy(status) },
    { status, headers: errorHeaders(error) },
  );
}

/** A page's loader. What it throws becomes the route's error page. */
export function pageLoader<T>(
  handler: (visit: PageContext) => Promise<T>,
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
  handler: (visit: PageContext & { form: SubmittedForm }) => Promise<T>,
): (args: ActionFunctionArgs) => Promise<T | FormFailure> {
  return async (args) => {
    const { request, context } = args;
    let fields = new FormData();
    try {
      if (request.method !== "POST") {
        throw new MethodNotAllowedError("This page accepts GET and POST.", ["GET", "HEAD", "POST"]);
      }
      fields = await readForm(request);
      return await handler({ ...visitOf(args), form: submitted(fields) });
    } catch (thrown) {
      if (thrown instanceof Response) throw thrown;
      const error = toAppError(thrown, context.requestId);
      if (!KEEPS_FORM.has(error.code)) return failPage(error, context.requestId);
      const failure = formFailure(fields, error.message, error.details);
      // Remix hands the page the plain value; `data` only adds the status.
      return data(failure, {
        status: STATUS[error.code],
        headers: errorHeaders(error),
      }) as unknown as FormFailure;
    }
  };
}

/** The action of a page that has no form. */
export async function methodNotAllowed({ context }: ActionFunctionArgs): Promise<never> {
  const refusal = new MethodNotAllowedError("This page has no form.", ["GET", "HEAD"]);
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
    if (typeof value === "string" && !CONTROL_FIELDS.has(name)) texts[name] = value.replaceAll("\r\n", "\n");
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
        throw validationError(Object.fromEntries(files.map((name) => [name, ["Send text, not a file."]])));
      return parseInput(schema, textFields(fields));
    },
  };
}

/** A path on this site, or else the fallback: nobody is sent elsewhere by a link to us. */
export function safePath(value: string | null | undefined, fallback: string): string {
  const path = safeRedirect(value ?? "", fallback);
  // Backslashes and control characters are read as slashes, or skipped, by browsers; a header holds no other letters.
  return /^\/(?![/\\])[!-[\]-~]*$/.test(path) ? path : fallback;
}
