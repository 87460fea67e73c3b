import { type ActionFunctionArgs, data, type LoaderFunctionArgs } from "@remix-run/node";
import type { ErrorCode } from "#app/errors.ts";
import type { PageContext } from "#app/http/request-context.ts";
import { errorCopy } from "#app/http/responses/error-copy.server.ts";
import { toAppError } from "#app/http/responses/error-response.server.ts";
import { errorHeaders, MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import { STATUS } from "#app/http/responses/status.ts";
import { type FormFailure, formFailure } from "#app/page-data/form-failure.ts";
import { readForm, type SubmittedForm, submittedForm } from "./submitted-form.server.ts";
import { recoveryFrom } from "./task-form.server.ts";

/** The argument of a page action. */
export type FormContext = PageContext & { form: SubmittedForm };

/** Errors that show the form again, with its input, instead of an error page. */
const FORM_ERRORS = new Set<ErrorCode>([
  "FORBIDDEN",
  "NOT_FOUND",
  "PRECONDITION_FAILED",
  "IDEMPOTENCY_KEY_IN_USE",
  "VALIDATION_ERROR",
  "EMAIL_EXISTS",
  "INVALID_CREDENTIALS",
  "TOTP_REQUIRED",
  "QUOTA_EXCEEDED",
  "RATE_LIMITED",
  "DB_ERROR",
]);

function pageContext({ request, params, context }: LoaderFunctionArgs): PageContext {
  return { ...context, request, params, url: new URL(request.url) };
}

/** Throws the data of the error page, with the status and headers of the error. Rethrows a response, such as a redirect. */
function throwErrorPage(thrown: unknown, requestId: string): never {
  if (thrown instanceof Response) throw thrown;
  const error = toAppError(thrown, requestId);
  const status = STATUS[error.code];
  throw data(
    { code: error.code, message: error.message, explanation: errorCopy(status) },
    { status, headers: errorHeaders(error) },
  );
}

/** Wraps a page's loader. Errors become the route's error page; a thrown redirect is passed on. */
export function pageLoader<T>(
  handler: (context: PageContext) => Promise<T>,
): (args: LoaderFunctionArgs) => Promise<T> {
  return async (args) => {
    try {
      return await handler(pageContext(args));
    } catch (thrown) {
      return throwErrorPage(thrown, args.context.requestId);
    }
  };
}

/**
 * Wraps a page's action, which accepts POST only. An error that the user can correct or retry is returned as a
 * FormFailure, so that the page shows the form again with its input. Other errors become the route's error page.
 */
export function pageAction<T>(
  handler: (context: FormContext) => Promise<T>,
): (args: ActionFunctionArgs) => Promise<T | FormFailure> {
  return async (args) => {
    const { request, context } = args;
    let fields = new FormData();
    try {
      if (request.method !== "POST") {
        throw new MethodNotAllowedError("This page accepts GET and POST.", ["GET", "HEAD", "POST"]);
      }
      fields = await readForm(request);
      return await handler({ ...pageContext(args), form: submittedForm(fields) });
    } catch (thrown) {
      if (thrown instanceof Response) throw thrown;
      const error = toAppError(thrown, context.requestId);
      if (!FORM_ERRORS.has(error.code)) return throwErrorPage(error, context.requestId);
      const recovery = recoveryFrom(error);
      const failure = {
        ...formFailure(fields, error.message, error.details),
        ...(recovery && { recovery }),
      };
      // The page receives the plain value: `data` only adds status and headers.
      return data(failure, {
        status: STATUS[error.code],
        headers: errorHeaders(error),
      }) as unknown as FormFailure;
    }
  };
}

/** The action of a page without a form. Without it Remix would log an error for each POST. */
export async function methodNotAllowed({ context }: ActionFunctionArgs): Promise<never> {
  const error = new MethodNotAllowedError("This page has no form.", ["GET", "HEAD"]);
  return throwErrorPage(error, context.requestId);
}
