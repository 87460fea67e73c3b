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
import { verifyToken } from "#app/services/tokens.server.ts";
import { TEST_SECRETS } from "../support/app-server.ts";

beforeAll(
  () => void Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" }),
);

/** Text with what breaks programs: surrogate halves, NUL, blanks of every kind, emoji. */
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

/** Runs it, and lets nothing out but an AppError of this code. */
function onlyAppError(code: string, work: () => unknown): unknown {
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
  )("by %s throws nothing but an AppError, whatever comes", (_, schema) => {
    fc.assert(
      fc.property(
        anyObject,
        (input) => void onlyAppError("VALIDATION_ERROR", () => parseInput(schema, input)),
      ),
      { numRuns: 500 },
    );
  });

  it("of a body throws nothing but an AppError, whatever bytes it is", async () => {
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

  it("of a query string gives a page and a limit that are safe to compute with, or refuses", () => {
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
        const parsed = onlyAppError("VALIDATION_ERROR", () => parseQuery(url, taskQuerySchema)) as
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

  it("of an id gives a positive safe integer that reads as it was written, or finds nothing", () => {
    const id = fc.oneof(
      anyText,
      fc.bigInt().map(String),
      fc.maxSafeInteger().map(String),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(id, (raw) => {
        const parsed = onlyAppError("NOT_FOUND", () => parseTaskId(raw)) as number | undefined;
        if (parsed !== undefined)
          expect([String(parsed), parsed > 0, Number.isSafeInteger(parsed)]).toEqual([raw, true, true]);
      }),
      { numRuns: 1000 },
    );
  });

  it("of a token throws nothing but UNAUTHORIZED", () => {
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
          expect(onlyAppError("UNAUTHORIZED", () => verifyToken(token))).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a title that is accepted", () => {
  it("is trimmed, visible, at most 200 characters of real text, and accepted again unchanged", () => {
    fc.assert(
      fc.property(anyText, (title) => {
        const parsed = onlyAppError("VALIDATION_ERROR", () => parseInput(newTaskSchema, { title })) as
          | { title: string }
          | undefined;
        const trimmed = title.trim();
        const good =
          title.isWellFormed() &&
          !title.includes("\u0000") &&
          VISIBLE_CHARACTER.test(trimmed) &&
          countCharacters(trimmed) <= 200;
        expect(parsed !== undefined).toBe(good);
        if (!parsed) return;
        expect(parsed.title).toBe(trimmed);
        expect(parseInput(newTaskSchema, parsed)).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });
});
