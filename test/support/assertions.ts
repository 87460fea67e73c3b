import { expect } from "vitest";
import type { TestResponse } from "./users.ts";

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** ISO 8601, UTC, with milliseconds. */
export const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The contract's `User`: these keys and no others. */
export const USER_SHAPE = {
  id: expect.stringMatching(UUID),
  email: expect.any(String),
  name: expect.any(String),
  created_at: expect.stringMatching(ISO_TIME),
  updated_at: expect.stringMatching(ISO_TIME),
};

/** The contract's `Task`: these keys and no others. */
export const TASK_SHAPE = {
  id: expect.any(Number),
  user_id: expect.stringMatching(UUID),
  title: expect.any(String),
  description: null as unknown,
  completed: false as unknown,
  created_at: expect.stringMatching(ISO_TIME),
  updated_at: expect.stringMatching(ISO_TIME),
};

/** What every answer of the JSON API carries. */
export function expectApiHeaders(answer: TestResponse): void {
  expect(answer.headers.get("X-Request-Id")).toMatch(UUID);
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
}

/**
 * The envelope, to the letter: nothing but its keys, a message for people, nothing of our insides.
 * @param fields the fields that `details` names; left out, `details` may hold anything of the right shape
 */
export function expectError(answer: TestResponse, status: number, code: string, fields?: string[]): void {
  expect(`${answer.status} ${answer.body?.error?.code ?? answer.text.slice(0, 300)}`).toBe(
    `${status} ${code}`,
  );
  expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
  expectApiHeaders(answer);
  expect(Object.keys(answer.body).sort()).toEqual(["error", "success"]);
  expect(answer.body.success).toBe(false);
  const { message, details, ...rest } = answer.body.error;
  expect(rest).toEqual({ code });
  expect(message).toMatch(/^[A-Z].*[.!?]$/s);
  expect(answer.text).not.toMatch(/<!doctype|\bat .*:\d+:\d+|node_modules|select |insert into/i);
  if (details !== undefined || fields) {
    if (fields) expect(Object.keys(details ?? {}).sort()).toEqual([...fields].sort());
    for (const messages of Object.values(details ?? {})) {
      expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(/^[A-Z].*[.]$/s)]));
    }
  }
}

/** A 204: no body, not even a type for one. */
export function expectNoContent(answer: TestResponse): void {
  expect(answer.status).toBe(204);
  expect(answer.text).toBe("");
  expect(answer.headers.get("Content-Type")).toBeNull();
  expectApiHeaders(answer);
}
