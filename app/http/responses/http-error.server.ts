import { AppError } from "#app/errors.ts";
import { STATUS } from "./status.ts";

/** METHOD_NOT_ALLOWED with the methods for the `Allow` header, which RFC 9110 requires with status 405. */
export class MethodNotAllowedError extends AppError {
  readonly allow: readonly string[];

  constructor(message: string, allow: readonly string[]) {
    super("METHOD_NOT_ALLOWED", message);
    this.allow = allow;
  }
}

/** RFC 9110 requires a challenge with status 401. A browser shows no dialog for this one. */
const CHALLENGE = "Bearer";

/**
 * Returns the response headers of an error: `Retry-After`, `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-06),
 * `WWW-Authenticate` and `Allow`.
 */
export function errorHeaders(error: AppError): Record<string, string> {
  const { code, retryAfterSeconds, rateLimit } = error;
  const retryAfter = retryAfterSeconds === undefined ? undefined : String(retryAfterSeconds);
  return {
    ...(retryAfter !== undefined && { "Retry-After": retryAfter }),
    ...(rateLimit !== undefined && {
      "RateLimit-Limit": String(rateLimit),
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": retryAfter ?? "0",
    }),
    ...(STATUS[code] === 401 && { "WWW-Authenticate": CHALLENGE }),
    ...(error instanceof MethodNotAllowedError && { Allow: error.allow.join(", ") }),
  };
}
