import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { errorHeaders } from "./http-error.server.ts";
import { STATUS } from "./status.ts";

/** Whether the log has the cause already, once for everybody whom it stops (DatabaseAwayError, PoolExhaustedError). */
const isTold = (cause: unknown): boolean => (cause as { told?: unknown } | undefined)?.told === true;

/**
 * Whatever was thrown, as something that may be told. What nobody foresaw is logged with its cause and told as
 * SERVER_ERROR; a failing database is logged and told as such.
 */
export function toAppError(thrown: unknown, requestId: string): AppError {
  if (thrown instanceof AppError) {
    // While the breaker is open every request meets it; that it opened has been told.
    if (thrown.code === "DB_ERROR" && !isTold(thrown.cause))
      log.error({ requestId, err: thrown.cause }, "the database failed");
    return thrown;
  }
  log.error({ requestId, err: thrown }, "a request failed unexpectedly");
  return new AppError("SERVER_ERROR", "Something went wrong on our side. Please try again.", {
    cause: thrown,
  });
}

/** The JSON envelope of a failure, with the status and headers that belong to it. */
export function jsonError(error: AppError): Response {
  const { code, message, details } = error;
  const body = { success: false, error: { code, message, ...(details && { details }) } };
  return Response.json(body, { status: STATUS[code], headers: errorHeaders(error) });
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A plain page for a request that is refused before the application has seen it. */
export function htmlError(error: AppError): Response {
  const message = escapeHtml(error.message);
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${message}</title><h1>${message}</h1><p><a href="/">Back to Tock</a></p></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", ...errorHeaders(error) };
  return new Response(html, { status: STATUS[error.code], headers });
}

/**
 * Whether a path is spoken to by programs, so that they get JSON whatever happens. In any letter case, and with what
 * Remix's router would let pass behind it.
 */
export const isApiPath = (path: string): boolean => /^\/(api|health)([/.]|$)/i.test(path);
