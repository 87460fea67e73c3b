import type { ErrorCode } from "#app/errors.ts";
import { STATUS } from "#app/http/responses/status.ts";
import type { JsonSchema } from "./json-schemas.server.ts";

export interface DescribedHeader {
  description: string;
  /** Whether every response of the status has it. */
  required: boolean;
  schema: JsonSchema;
}
export type ResponseHeaders = Record<string, DescribedHeader | { $ref: string }>;
const TEXT = { type: "string" };
const SECONDS = { type: "integer", minimum: 0 };

/** The headers that responses of several operations have, by name. */
export const SHARED_HEADERS: Record<string, DescribedHeader> = {
  "X-Request-Id": {
    description: "The id of the request, which is also in the log.",
    required: true,
    schema: { type: "string", format: "uuid" },
  },
  "RateLimit-Limit": {
    description: "Requests per window of the rate limit that was exceeded.",
    required: true,
    schema: { type: "integer", minimum: 1 },
  },
  "RateLimit-Remaining": {
    description: "Requests that are left in this window: none.",
    required: true,
    schema: { type: "integer", const: 0 },
  },
  "RateLimit-Reset": { description: "Seconds until the window ends.", required: true, schema: SECONDS },
  "WWW-Authenticate": {
    description: "`Bearer`: the request needs a token, or the right credentials.",
    required: true,
    schema: TEXT,
  },
};
const sharedHeaders = (...names: string[]): ResponseHeaders =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The error codes that come with `Retry-After`. */
export const RETRY_CODES = new Set<ErrorCode>([
  "RATE_LIMITED",
  "OVERLOADED",
  "DB_ERROR",
  "IDEMPOTENCY_KEY_IN_USE",
]);

/** Describes the headers of an error response with one of these codes. */
export function describeErrorHeaders(codes: ErrorCode[]): ResponseHeaders {
  const retryAfter = {
    description: "Seconds until a retry may succeed.",
    required: codes.every((code) => RETRY_CODES.has(code)),
    schema: SECONDS,
  };
  return {
    ...sharedHeaders("X-Request-Id"),
    ...(codes.includes("RATE_LIMITED") &&
      sharedHeaders("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")),
    ...(codes.some((code) => STATUS[code] === 401) && sharedHeaders("WWW-Authenticate")),
    ...(codes.some((code) => RETRY_CODES.has(code)) && { "Retry-After": retryAfter }),
  };
}

/** Describes the headers of a successful response. */
export function describeSuccessHeaders(
  headers: Record<string, string> = {},
  optional: Record<string, string> = {},
): ResponseHeaders {
  const describe = (meanings: Record<string, string>, required: boolean) =>
    Object.entries(meanings).map(([name, description]) => [name, { description, required, schema: TEXT }]);
  return {
    ...sharedHeaders("X-Request-Id"),
    ...Object.fromEntries([...describe(headers, true), ...describe(optional, false)]),
  };
}

/** Joins the headers of two responses with one status. Those that only one of them has are not required. */
export function eitherHeaders(first: ResponseHeaders, second: ResponseHeaders): ResponseHeaders {
  const headers = Object.entries({ ...first, ...second }).map(([name, header]) => [
    name,
    name in first && name in second
      ? header
      : { ...header, ...("required" in header && { required: false }) },
  ]);
  return Object.fromEntries(headers);
}
