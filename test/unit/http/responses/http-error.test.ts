import { describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import { errorHeaders, MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";

describe("errorHeaders", () => {
  it("lists the methods of METHOD_NOT_ALLOWED in Allow", () => {
    expect(errorHeaders(new MethodNotAllowedError("No.", ["GET", "HEAD"]))).toEqual({ Allow: "GET, HEAD" });
  });

  it("returns Retry-After and RateLimit-* for an exceeded rate limit", () => {
    const error = new AppError("RATE_LIMITED", "Wait.", { retryAfterSeconds: 42, rateLimit: 5 });
    expect(errorHeaders(error)).toEqual({
      "Retry-After": "42",
      "RateLimit-Limit": "5",
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": "42",
    });
  });

  it("returns only Retry-After for an error that may pass without a rate limit", () => {
    const error = new AppError("DB_ERROR", "Down.", { retryAfterSeconds: 5 });
    expect(errorHeaders(error)).toEqual({ "Retry-After": "5" });
  });

  it("returns no headers for other errors", () => {
    expect(errorHeaders(new AppError("NOT_FOUND", "Nothing."))).toEqual({});
  });
});
