import { describe, expect, it } from "vitest";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { expectDocumented } from "../../support/api-contract.ts";
import type { TestResponse } from "../../support/users.ts";

const URL_OF_TASKS = "http://localhost/api/tasks";
const PAGE = taskOperations.list.responses[200].example;

function response(status: number, body: unknown, type = "application/json; charset=utf-8"): TestResponse {
  return { status, headers: new Headers({ "Content-Type": type }), body, text: JSON.stringify(body) };
}
const failure = (code: string) => ({ success: false, error: { code, message: "Not possible." } });

describe("expectDocumented", () => {
  it("accepts a documented response", () => {
    expectDocumented("GET", URL_OF_TASKS, response(200, PAGE));
    expectDocumented("GET", URL_OF_TASKS, response(401, failure("AUTH_INVALID")));
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
    ["an error code that belongs to another status", response(401, failure("NOT_FOUND"))],
    ["HTML", response(401, failure("UNAUTHORIZED"), "text/html")],
  ])("rejects %s", (_, wrong) => {
    expect(() => expectDocumented("GET", URL_OF_TASKS, wrong)).toThrow();
  });

  it("rejects a success of a path that is not described", () => {
    expect(() => expectDocumented("GET", "http://localhost/api/nothing", response(200, {}))).toThrow();
  });
});
