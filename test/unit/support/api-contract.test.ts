import { describe, expect, it } from "vitest";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { expectDocumented } from "../../support/api-contract.ts";
import type { TestResponse } from "../../support/users.ts";

const URL_OF_TASKS = "http://localhost/api/tasks";
const PAGE = taskOperations.list.responses[200].example;

const HEADERS = {
  "Content-Type": "application/json; charset=utf-8",
  "X-Request-Id": "00000000-0000-4000-8000-000000000001",
};
function response(status: number, body: unknown, headers: Record<string, string> = {}): TestResponse {
  const all = Object.entries({ ...HEADERS, ...headers }).filter(([, value]) => value !== "");
  return { status, headers: new Headers(all), body, text: JSON.stringify(body) };
}
const LIMITED = { "RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "7" };
const CHALLENGE = { "WWW-Authenticate": "Bearer" };
const [TASK] = PAGE.data;
const failure = (code: string) => ({ success: false, error: { code, message: "Not possible." } });

describe("expectDocumented", () => {
  it("accepts a documented response", () => {
    expectDocumented("GET", URL_OF_TASKS, response(200, PAGE));
    expectDocumented("GET", URL_OF_TASKS, response(401, failure("AUTH_INVALID"), CHALLENGE));
    expectDocumented("GET", URL_OF_TASKS, response(408, failure("BAD_REQUEST")));
    expectDocumented("GET", URL_OF_TASKS, response(500, failure("SERVER_ERROR")));
    expectDocumented(
      "GET",
      URL_OF_TASKS,
      response(429, failure("RATE_LIMITED"), { ...LIMITED, "Retry-After": "7" }),
    );
    expectDocumented("POST", URL_OF_TASKS, response(201, TASK, { Location: "/api/tasks/1", ETag: '"1"' }));
  });

  it.each([
    ["an additional field", response(200, { ...PAGE, extra: 1 })],
    ["a missing field", response(200, { data: PAGE.data })],
    ["a field of another type", response(200, { ...PAGE, data: [{ ...PAGE.data[0], id: "1" }] })],
    [
      "a time without milliseconds",
      response(200, { ...PAGE, data: [{ ...PAGE.data[0], created_at: "2026-11-20T08:15:00Z" }] }),
    ],
    ["an undocumented status", response(418, failure("BAD_REQUEST"))],
    ["an error code that belongs to another status", response(401, failure("NOT_FOUND"), CHALLENGE)],
    ["HTML", response(401, failure("UNAUTHORIZED"), { ...CHALLENGE, "Content-Type": "text/html" })],
    ["a 401 without a challenge", response(401, failure("UNAUTHORIZED"))],
    ["a response without its request id", response(200, PAGE, { "X-Request-Id": "" })],
    ["a request id that is no UUID", response(200, PAGE, { "X-Request-Id": "1" })],
    ["a rejection by a rate limit without Retry-After", response(429, failure("RATE_LIMITED"), LIMITED)],
    [
      "a rejection by a rate limit without its limit",
      response(429, failure("RATE_LIMITED"), { "Retry-After": "7" }),
    ],
    ["a database error without Retry-After", response(500, failure("DB_ERROR"))],
  ])("rejects %s", (_, wrong) => {
    expect(() => expectDocumented("GET", URL_OF_TASKS, wrong)).toThrow();
  });

  it.each([
    ["Location", { ETag: '"1"' }],
    ["ETag", { Location: "/api/tasks/1" }],
  ])("rejects a new task without %s", (_, headers) => {
    expect(() => expectDocumented("POST", URL_OF_TASKS, response(201, TASK, headers))).toThrow();
  });

  it("rejects a success of a path that is not described", () => {
    expect(() => expectDocumented("GET", "http://localhost/api/nothing", response(200, {}))).toThrow();
  });
});
