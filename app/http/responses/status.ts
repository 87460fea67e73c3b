import type { ErrorCode } from "#app/errors.ts";

/** HTTP status of each error code, as docs/api.md lists them. */
export const STATUS: Record<ErrorCode, number> = {
  VALIDATION_ERROR: 422,
  EMAIL_EXISTS: 400,
  BAD_REQUEST: 400,
  INVALID_CREDENTIALS: 401,
  UNAUTHORIZED: 401,
  AUTH_INVALID: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  QUOTA_EXCEEDED: 422,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  DB_ERROR: 500,
  SERVER_ERROR: 500,
};
