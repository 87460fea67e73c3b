import { expect } from "vitest";
import type { TestResponse } from "./users.ts";

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** ISO 8601, UTC, with milliseconds. */
export const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The `User` of the API contract, for `toStrictEqual`: exactly these keys. */
export const USER_SHAPE = {
  id: expect.stringMatching(UUID),
  email: expect.any(String),
  name: expect.any(String),
  created_at: expect.stringMatching(ISO_TIME),
  updated_at: expect.stringMatching(ISO_TIME),
};

/** The `Task` of the API contract, for `toStrictEqual`: exactly these keys. */
export const TASK_SHAPE = {
  id: expect.any(Number),
  user_id: expect.stringMatching(UUID),
  title: expect.any(String),
  description: null as unknown,
  completed: false as unknown,
  completed_at: null as unknown,
  created_at: expect.stringMatching(ISO_TIME),
  updated_at: expect.stringMatching(ISO_TIME),
  version: expect.any(Number) as unknown,
};

/** Expects the headers that every response of the JSON API has. */
export function expectApiHeaders(response: TestResponse): void {
  expect(response.headers.get("X-Request-Id")).toMatch(UUID);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
}

/**
 * Expects the API's error envelope: exactly its keys, a message in sentences, and no stack, path or SQL.
 * @param fields the keys of `details`; without it, `details` may have any keys
 */
export function expectError(response: TestResponse, status: number, code: string, fields?: string[]): void {
  expect(`${response.status} ${response.body?.error?.code ?? response.text.slice(0, 300)}`).toBe(
    `${status} ${code}`,
  );
  expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
  expectApiHeaders(response);
  expect(response.headers.get("WWW-Authenticate")).toBe(status === 401 ? "Bearer" : null);
  expect(Object.keys(response.body).sort()).toEqual(["error", "success"]);
  expect(response.body.success).toBe(false);
  const { message, details, ...rest } = response.body.error;
  expect(rest).toEqual({ code });
  expect(message).toMatch(/^[A-Z].*[.!?]$/s);
  expect(response.text).not.toMatch(/<!doctype|\bat .*:\d+:\d+|node_modules|select |insert into/i);
  if (details !== undefined || fields) {
    if (fields) expect(Object.keys(details ?? {}).sort()).toEqual([...fields].sort());
    for (const messages of Object.values(details ?? {})) {
      expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(/^[A-Z].*[.]$/s)]));
    }
  }
}

/** Expects 204 without a body and without a Content-Type. */
export function expectNoContent(response: TestResponse): void {
  expect(response.status).toBe(204);
  expect(response.text).toBe("");
  expect(response.headers.get("Content-Type")).toBeNull();
  expectApiHeaders(response);
}
