import { randomUUID } from "node:crypto";
import { RequestError } from "@hono/node-server";
import { AppError } from "#app/errors.ts";
import { jsonError, toAppError } from "#app/http/responses/error-response.server.ts";
import { MINIMAL_SECURITY_HEADERS } from "#app/http/responses/minimal-security-headers.ts";

/**
 * Returns the response to a request whose URL or Host header cannot be parsed, so that no middleware runs. Browsers do
 * not send such requests; the response is always JSON.
 */
export function unreadableRequestError(thrown: unknown): Response {
  const requestId = randomUUID();
  const error =
    thrown instanceof RequestError
      ? new AppError("BAD_REQUEST", "The URL or the Host header is not valid.", { cause: thrown })
      : toAppError(thrown, requestId);
  const response = jsonError(error);
  for (const [name, value] of Object.entries({ ...MINIMAL_SECURITY_HEADERS, "X-Request-Id": requestId }))
    response.headers.set(name, value);
  return response;
}
