import type { ErrorCode } from "#app/errors.ts";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { STATUS } from "#app/http/responses/status.ts";

/** Returns the error codes that an operation can answer with, by status. */
export function errorCodesByStatus(operation: Operation): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodes(operation)) {
    const status = STATUS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b));
}

function errorCodes({
  method,
  access,
  params,
  query,
  headers,
  body,
  errors = [],
}: Operation): Set<ErrorCode> {
  const changes = method !== "GET";
  const codes: [ErrorCode, boolean][] = [
    ["UNAUTHORIZED", access !== "public"],
    ["AUTH_INVALID", access !== "public"],
    // A change by cookie from another origin, a personal access token for an account, or a task of another user.
    ["FORBIDDEN", changes || access === "session" || (access === "tasks" && params !== undefined)],
    ["NOT_FOUND", params !== undefined],
    ["UNSUPPORTED_MEDIA_TYPE", body !== undefined],
    ["VALIDATION_ERROR", [query, headers, body].some((input) => input !== undefined)],
    ["RATE_LIMITED", access !== "public"],
    ["DB_ERROR", access !== "public" || body !== undefined],
  ];
  const derived = codes.filter(([, applies]) => applies).map(([code]) => code);
  return new Set<ErrorCode>([
    "BAD_REQUEST",
    "PAYLOAD_TOO_LARGE",
    ...derived,
    ...errors,
    "OVERLOADED",
    "SERVER_ERROR",
  ]);
}

/** Further statuses of BAD_REQUEST, with which the server ends a connection before the application sees a request. */
export const CONNECTION_ERRORS: [status: number, meaning: string][] = [
  [408, "headers or request take too long"],
  [431, "the headers are too large"],
];

/** The meaning of each error code, as in docs/api.md. */
export const ERROR_MEANINGS: Record<ErrorCode, string> = {
  VALIDATION_ERROR: "the input breaks a rule; `details` names the fields",
  EMAIL_EXISTS: "the address already has an account",
  BAD_REQUEST: "the request is malformed",
  INVALID_CREDENTIALS: "wrong email, password or code; `details` names the field to correct",
  TOTP_REQUIRED: "the password is right, and the account needs `totp_code` too",
  UNAUTHORIZED: "no token, or a malformed, forged or expired one",
  AUTH_INVALID:
    "the session of a valid token has ended, or a personal access token was revoked or has expired",
  FORBIDDEN:
    "the task belongs to another user, the personal access token does not permit the request, or the request comes from another origin",
  NOT_FOUND: "nothing has this id",
  METHOD_NOT_ALLOWED: "the path does not support the method",
  PAYLOAD_TOO_LARGE: "the body is larger than 64 KiB",
  UNSUPPORTED_MEDIA_TYPE: "the body is not `application/json`",
  PRECONDITION_FAILED: "the task has changed: its version is not one that `If-Match` names",
  IDEMPOTENCY_KEY_REUSED: "the idempotency key was sent before with another body",
  IDEMPOTENCY_KEY_IN_USE:
    "a request with this idempotency key is still running; `Retry-After` says when to try again",
  QUOTA_EXCEEDED: "the account has as many tasks or access tokens as it can have",
  RATE_LIMITED: "too many requests; `Retry-After` says when to try again",
  OVERLOADED:
    "more than ten requests on one connection are unanswered, or too many pages wait; `Retry-After` says when to try again",
  DB_ERROR: "the database is unavailable; `Retry-After` says when to try again",
  SERVER_ERROR: "an unexpected error",
};
