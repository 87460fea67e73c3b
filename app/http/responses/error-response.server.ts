import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
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
  return new AppError("SERVER_ERROR", "Something went wrong on our side. Please try again.", {
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

/** Returns an error as a minimal page, for requests that are rejected before Remix runs. */
export function htmlError(error: AppError): Response {
  const message = escapeHtml(error.message);
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${message}</title><h1>${message}</h1><p><a href="/">Back to Tock</a></p></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", ...errorHeaders(error) };
  return new Response(html, { status: STATUS[error.code], headers });
}

/**
 * Whether a path belongs to the JSON API, so that every response to it is JSON. Ignores letter case and matches what
 * Remix's router would accept after the name, such as "/health.data".
 */
export const isApiPath = (path: string): boolean => /^\/(api|health)([/.]|$)/i.test(path);

/** Returns an error as JSON for API paths, else as a page. */
export const errorResponse = (path: string, error: AppError): Response =>
  isApiPath(path) ? jsonError(error) : htmlError(error);
