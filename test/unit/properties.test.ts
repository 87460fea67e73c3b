import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import { parseInput, parseQuery, parseTaskId, readJsonObject } from "#app/http/input.server.ts";
import { countCharacters, VISIBLE_CHARACTER } from "#app/rules/text-rules.ts";
import { accountChangesSchema, signInSchema, signUpSchema } from "#app/schemas/account.ts";
import {
  completionSchema,
  dashboardQuerySchema,
  newTaskSchema,
  taskChangesSchema,
  taskQuerySchema,
} from "#app/schemas/task.ts";
import { verifySessionToken } from "#app/services/session-tokens.server.ts";
import { TEST_SECRETS } from "../support/app-server.ts";

beforeAll(
  () => void Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" }),
);

/** Text with edge cases: lone surrogates, NUL, white space of every kind, emoji. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom("\ud83d", "\ude00", "\u0000", " ", "\u0085", "\u00a0", "\ufeff", "😀", "a", "\n", "é"),
      { maxLength: 250 },
    )
    .map((parts) => parts.join("")),
);
const keys = fc.oneof(
  fc.constantFrom(
    "title",
    "description",
    "completed",
    "email",
    "name",
    "password",
    "current_password",
    "page",
    "limit",
    "__proto__",
    "constructor",
    "toString",
  ),
  anyText,
);
const anyValue = fc.oneof(anyText, fc.anything(), fc.jsonValue());
const anyObject = fc.oneof(fc.dictionary(keys, anyValue), fc.anything());

/** Runs `work` and catches only an AppError with this code. */
function catchAppError(code: string, work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe(code);
    return undefined;
  }
}

describe("parsing", () => {
  it.each(
    Object.entries({
      signUpSchema,
      signInSchema,
      accountChangesSchema,
      newTaskSchema,
      taskChangesSchema,
      completionSchema,
      taskQuerySchema,
    }),
  )("any input with %s throws only VALIDATION_ERROR", (_, schema) => {
    fc.assert(
      fc.property(
        anyObject,
        (input) => void catchAppError("VALIDATION_ERROR", () => parseInput(schema, input)),
      ),
      { numRuns: 500 },
    );
  });

  it("any bytes as a body throws only an AppError", async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.dictionary(keys, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value))),
    );
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.constantFrom("application/json", "text/plain", "application/json; charset=utf-8"),
        fc.boolean(),
        async (bytes, type, optional) => {
          const request = new Request("http://localhost/", {
            method: "POST",
            body: new Uint8Array(bytes),
            headers: { "Content-Type": type },
          });
          try {
            const value = await readJsonObject(request, { optional });
            expect(value !== null && typeof value === "object" && !Array.isArray(value)).toBe(true);
          } catch (error) {
            expect(["VALIDATION_ERROR", "UNSUPPORTED_MEDIA_TYPE"]).toContain((error as AppError).code);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a query string returns a page and a limit whose row offset is a safe integer, or throws VALIDATION_ERROR", () => {
    const number = fc.oneof(
      fc.integer().map(String),
      fc.maxSafeInteger().map(String),
      fc.double().map(String),
      fc.bigInt().map(String),
      anyText,
    );
    const query = fc.record(
      { page: number, limit: number, completed: fc.oneof(fc.constantFrom("true", "false"), anyText) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(query, (fields) => {
        const url = new URL("http://localhost/");
        for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value);
        const parsed = catchAppError("VALIDATION_ERROR", () => parseQuery(url, taskQuerySchema)) as
          | { page: number; limit: number }
          | undefined;
        if (!parsed) return;
        expect(parsed.limit >= 1 && parsed.limit <= 100).toBe(true);
        expect(parsed.page >= 1 && Number.isSafeInteger((parsed.page - 1) * parsed.limit)).toBe(true);
        expect(dashboardQuerySchema.parse(fields).page).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });

  it("a task id returns the positive safe integer of the same spelling, or throws NOT_FOUND", () => {
    const id = fc.oneof(
      anyText,
      fc.bigInt().map(String),
      fc.maxSafeInteger().map(String),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(id, (raw) => {
        const parsed = catchAppError("NOT_FOUND", () => parseTaskId(raw)) as number | undefined;
        if (parsed !== undefined)
          expect([String(parsed), parsed > 0, Number.isSafeInteger(parsed)]).toEqual([raw, true, true]);
      }),
      { numRuns: 1000 },
    );
  });

  it("any text as a token throws only UNAUTHORIZED", () => {
    const part = fc.oneof(
      anyText,
      fc.json().map((text) => Buffer.from(text).toString("base64url")),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
        ),
        (token) => {
          expect(catchAppError("UNAUTHORIZED", () => verifySessionToken(token))).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("an accepted title", () => {
  it("is trimmed, visible, well-formed, at most 200 characters long, and accepted again unchanged", () => {
    fc.assert(
      fc.property(anyText, (title) => {
        const parsed = catchAppError("VALIDATION_ERROR", () => parseInput(newTaskSchema, { title })) as
          | { title: string }
          | undefined;
        const trimmed = title.trim();
        const isValid =
          title.isWellFormed() &&
          !title.includes("\u0000") &&
          VISIBLE_CHARACTER.test(trimmed) &&
          countCharacters(trimmed) <= 200;
        expect(parsed !== undefined).toBe(isValid);
        if (!parsed) return;
        expect(parsed.title).toBe(trimmed);
        expect(parseInput(newTaskSchema, parsed)).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });
});
