import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { emailProblem, nameProblem, newPasswordProblem, required } from "#app/rules/account-rules.ts";
import { descriptionProblem, titleProblem } from "#app/rules/task-rules.ts";
import { accountDeletionSchema, profileSchema, signUpSchema } from "#app/schemas/account.ts";
import { newTaskSchema } from "#app/schemas/task.ts";

/** Form input: whole characters, white space of every kind, lengths near the limits. */
const formInput = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.emailAddress(),
  fc
    .tuple(
      fc.constantFrom("a", "🦉", "é", " ", "\u200b", "\n"),
      fc.constantFrom(0, 1, 7, 8, 99, 100, 101, 128),
    )
    .map(([character, length]) => character.repeat(length)),
  fc
    .tuple(fc.constantFrom("a", "🦉"), fc.constantFrom(129, 200, 201, 254, 255, 1000, 1001))
    .map(([character, length]) => ` ${character.repeat(length)} `),
);

const messagesOf = (schema: z.ZodType, input: object) =>
  schema.safeParse(input).error?.issues.map(({ message }) => message) ?? [];

describe("a browser rule returns the same message as the server's schema", () => {
  const account = { email: "ann@example.org", name: "Ann", password: "a lantern by the river" };
  it.each([
    ["a name", nameProblem, signUpSchema, (name: string) => ({ ...account, name })],
    ["an email address", emailProblem, signUpSchema, (email: string) => ({ ...account, email })],
    ["a changed email address", emailProblem, profileSchema, (email: string) => ({ email })],
    ["a new password", newPasswordProblem, signUpSchema, (password: string) => ({ ...account, password })],
    [
      "an existing password",
      required("Password"),
      accountDeletionSchema,
      (password: string) => ({ password }),
    ],
    ["a title", titleProblem, newTaskSchema, (title: string) => ({ title })],
    [
      "a description",
      descriptionProblem,
      newTaskSchema,
      (description: string) => ({ title: "a", description }),
    ],
  ] as const)("for %s", (_, rule, schema, input) => {
    fc.assert(
      fc.property(formInput, (value) => {
        fc.pre(!value.includes("\u0000"));
        expect(messagesOf(schema, input(value))).toEqual([rule(value)].filter(Boolean));
      }),
      { numRuns: 500 },
    );
  });
});

it("emailProblem accepts exactly what z.email() accepts", () => {
  const part = fc.constantFrom(
    "a",
    "Z",
    "9",
    ".",
    "..",
    "-",
    "_",
    "+",
    "'",
    "@",
    " ",
    "é",
    "org",
    ".co",
    "!",
  );
  const nearMiss = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(nearMiss, fc.emailAddress()), (value) => {
      const email = value.trim();
      fc.pre(email !== "");
      expect(emailProblem(email) === undefined).toBe(z.email().safeParse(email).success);
    }),
    { numRuns: 2000 },
  );
});
