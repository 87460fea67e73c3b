import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passwordHint } from "#app/components/auth/password-hint.ts";
import { commonPasswords } from "#app/rules/common-passwords/list.server.ts";
import { commonPasswordsPlugin } from "#app/rules/common-passwords/vite-plugin.ts";
import { packWords, unpackWords } from "#app/rules/common-passwords/word-list.ts";
import { weakPasswordProblem } from "#app/rules/password-strength.ts";

/** The file that browsers get. */
function builtFile(): string {
  const resolve = commonPasswordsPlugin.resolveId as unknown as (id: string) => string | undefined;
  const load = commonPasswordsPlugin.load as unknown as (id: string) => string | undefined;
  const id = resolve("virtual:common-passwords") ?? "";
  expect([resolve("another"), load("another")]).toEqual([undefined, undefined]);
  return load(id) ?? "";
}

const NOBODY = { email: "", name: "" };

describe("a password that would be guessed first", () => {
  const problem = (password: string) =>
    weakPasswordProblem(password, { email: "mary.b@example.org", name: "Mary Ann Brontë" }, new Set());

  it.each([
    "aaaaaaaa",
    "        ",
    "ABABABABA",
    "123123123",
    "tick tick ",
    "🦉🦉🦉🦉🦉🦉🦉🦉",
    "abcdefgh",
    "hgfedcba",
    "abcd1234",
    "11112222",
    "aaaaaaa1",
    "23456789x",
  ])("is %j: the same again, or one after the other", (password) => {
    expect(problem(password)).toMatch(/^Password only repeats or counts/);
  });

  it.each([
    "tock tock",
    "Tock-Tock-Tock!",
    "Mary Ann Brontë",
    "bronte\u0308 mary",
    "mary-ann.1",
    "Mary & Tock",
    "mary.b mary.b",
  ])("is %j: who one is, or what this is called", (password) => {
    expect(problem(password)).toBe("Password must not be just your name, or ours. Choose another.");
  });

  it.each([
    "a lantern by the river",
    "plant-more-trees-26",
    "correct horse",
    "ein Kahn auf dem Fluß 🛶",
    "  Καλημέρα\t\u00a0😀  ",
    "the stock market",
    "mary had a lamb",
    "🌊".repeat(128),
    "x7&kQ9zz",
    "aaabbbccd",
  ])("is not %j", (password) => {
    expect(problem(password)).toBeUndefined();
  });
});

describe("a list of words", () => {
  it("comes out as it was packed", () => {
    const word = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1 }), (words) => {
        expect([...unpackWords(packWords(words))]).toEqual([...words].sort());
      }),
    );
  });
});

describe("the browser's list of common passwords", () => {
  const file = builtFile();
  const list = unpackWords(JSON.parse(file.replace(/^export default /, "")));

  it("has all of the server's that are long enough to be chosen, and no others", () => {
    expect([...list].sort()).toEqual([...commonPasswords].filter((word) => [...word].length >= 8).sort());
    expect(list.size).toBeGreaterThan(10_000);
  });

  it("is less than 60 kB to load", () => {
    expect(gzipSync(file).length).toBeLessThan(60_000);
  });

  it("never calls a password good that the server refuses, nor one poor that it takes", () => {
    const person = { email: "ann.lee@example.org", name: "Ann Lee-O’Neil" };
    const word = fc.constantFrom(
      "pass",
      "letmein",
      "password",
      "PassWord1",
      "ann.lee",
      "ann.lee@example.org",
      "Ann",
      "o'neil",
      "tock",
      "1234",
      "xyz",
    );
    const blank = fc.constantFrom("", " ", "\t", "      ");
    const password = fc.oneof(
      fc.tuple(blank, word, blank, word, blank).map((parts) => parts.join("")),
      fc.constantFrom(...commonPasswords),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 140 }),
    );
    fc.assert(
      fc.property(password, (value) => {
        const refused = weakPasswordProblem(value, person, commonPasswords);
        const said = passwordHint(value, person, list) ?? "";
        if (refused) expect(said).not.toMatch(/^Good/);
        else expect(said).not.toMatch(/Choose another/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the hint beside a new password", () => {
  const hint = (password: string) =>
    passwordHint(password, { email: " Ann.Lee@example.org ", name: "Ann" }, new Set(["baseball"]));

  it.each([
    ["", undefined],
    ["abc", "5 more characters needed."],
    ["🦉🦉🦉🦉🦉🦉🦉", "1 more character needed."],
    ["BaseBall", "Password is one of the commonest, so it would be guessed first. Choose another."],
    ["ann.lee@EXAMPLE.org", "Password must not be your own email address. Choose another."],
    ["p".repeat(129), "Password can be at most 128 characters long."],
    ["a lantern by the river", "Good: long enough and not on the list of common passwords."],
  ])("to %j says %j", (password, said) => {
    expect(hint(password)).toBe(said);
  });

  it("claims nothing that it cannot know: before the list is here, and of a short word among blanks", () => {
    expect(passwordHint("a lantern by the river", NOBODY, undefined)).toBeUndefined();
    expect(passwordHint("abc", NOBODY, undefined)).toBe("5 more characters needed.");
    expect(hint(" letmein ")).toBeUndefined();
  });

  it("knows no address and no name from empty fields", () => {
    expect(passwordHint(" \t \t\t   ", NOBODY, new Set())).toBeUndefined();
  });
});
