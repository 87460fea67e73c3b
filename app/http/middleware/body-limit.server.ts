import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { AppError } from "#app/errors.ts";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";
import { errorResponse } from "#app/http/responses/error-response.server.ts";

const MAX_BODY_BYTES = 64 * 1024;

const bodyTooLarge = () => new AppError("PAYLOAD_TOO_LARGE", "The request body is larger than 64 KiB.");

/**
 * Checks the declared size of a request body.
 * @returns the error that rejects the request, if any
 */
export function bodyViolation(c: AppContext): AppError | undefined {
  if (Number(c.req.header("Content-Length") ?? 0) > MAX_BODY_BYTES) return bodyTooLarge();
  // Hono's limiter skips GET and HEAD requests, so a chunked body would not be counted.
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  if (isRead && c.req.header("Transfer-Encoding") !== undefined)
    return new AppError("BAD_REQUEST", "GET and HEAD requests must not have a body.");
  return undefined;
}

const countBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => errorResponse(c, bodyTooLarge()),
});

/** Counts a chunked body while it arrives and rejects it above 64 KiB. */
export const limitBody = createMiddleware<AppEnv>(async (c, next) => {
  // Node reads no more than the declared length, which request validation has checked.
  if (c.req.header("Transfer-Encoding") === undefined) return next();
  let hasArrived = false;
  try {
    return await countBody(c, () => {
      hasArrived = true;
      return next();
    });
  } catch (cause) {
    if (hasArrived) throw cause;
    const error = new AppError("BAD_REQUEST", "The request body is incomplete.", { cause });
    return errorResponse(c, error);
  }
});
