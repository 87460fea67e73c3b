import type { Context } from "hono";
import { AppError } from "#app/errors.ts";
import { readTheme } from "#app/http/cookies/theme-cookie.server.ts";
import { log } from "#app/log.server.ts";
import type { Theme } from "#app/page-data/theme.ts";
import styles from "#app/styles.css?url";
import { isApiPath } from "./api-path.ts";
import { errorCopy } from "./error-copy.server.ts";
import { errorHeaders } from "./http-error.server.ts";
import { STATUS } from "./status.ts";

/** Whether db/ has logged the error once for all requests that it fails (CircuitOpenError, PoolExhaustedError). */
const isAlreadyLogged = (cause: unknown): boolean =>
  (cause as { alreadyLogged?: unknown } | undefined)?.alreadyLogged === true;

/** Converts any thrown value to an AppError. Logs database errors and unexpected errors with their cause. */
export function toAppError(thrown: unknown, requestId: string): AppError {
  if (thrown instanceof AppError) {
    if (thrown.code === "DB_ERROR" && !isAlreadyLogged(thrown.cause))
      log.error({ requestId, err: thrown.cause }, "database query failed");
    return thrown;
  }
  log.error({ requestId, err: thrown }, "request failed unexpectedly");
  return new AppError("SERVER_ERROR", "Something went wrong on our side. Try again.", {
    cause: thrown,
  });
}

/** Returns an error as JSON: `{ success: false, error: { code, message, details? } }` with its status and headers. */
export function jsonError(error: AppError): Response {
  const { code, message, details } = error;
  const body = { success: false, error: { code, message, ...(details && { details }) } };
  return Response.json(body, { status: STATUS[code], headers: errorHeaders(error) });
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The heading of the status. FORBIDDEN here means a cross-site request, not another account's page. */
const headingOf = ({ code }: AppError): string | undefined =>
  errorCopy(code === "FORBIDDEN" ? STATUS.BAD_REQUEST : STATUS[code])?.title;

/** Returns an error as a page in the design of the others, for requests that are rejected before Remix runs. */
function htmlError(error: AppError, theme: Theme): Response {
  const title = headingOf(error);
  const heading = escapeHtml(title ?? error.message);
  const message = title ? `<p>${escapeHtml(error.message)}</p>` : "";
  const html = `<!doctype html><html lang="en" data-theme="${theme}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${heading} · Tock</title><link rel="stylesheet" href="${styles}"></head><body><header class="border-b border-rule"><p class="mx-auto flex min-h-target max-w-page items-center px-4 font-serif text-xl font-semibold">Tock</p></header><main class="mx-auto grid max-w-page gap-6 px-4 pt-10"><h1 class="text-3xl leading-tight font-semibold">${heading}</h1>${message}<p><a href="/" class="underline underline-offset-4">Back to Tock</a></p></main></body></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", ...errorHeaders(error) };
  return new Response(html, { status: STATUS[error.code], headers });
}

/** Returns an error as JSON for API paths, else as a page. */
export const errorResponse = ({ req }: Context, error: AppError): Response =>
  isApiPath(req.path) ? jsonError(error) : htmlError(error, readTheme(req.raw));
