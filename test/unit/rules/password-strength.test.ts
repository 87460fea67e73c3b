import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passwordHint } from "#app/components/auth/password-hint.ts";
import { commonPasswords } from "#app/rules/common-passwords/list.server.ts";
import { commonPasswordsPlugin } from "#app/rules/common-passwords/vite-plugin.ts";
import { packWords, unpackWords } from "#app/rules/common-passwords/word-list.ts";
import { weakPasswordProblem } from "#app/rules/password-strength.ts";

/** The chunk with the list that browsers load. */
function builtFile(): string {
  const resolve = commonPasswordsPlugin.resolveId as unknown as (id: string) => string | undefined;
  const load = commonPasswordsPlugin.load as unknown as (id: string) => string | undefined;
  const id = resolve("virtual:common-passwords") ?? "";
  expect([resolve("another"), load("another")]).toEqual([undefined, undefined]);
  return load(id) ?? "";
}

const NO_OWNER = { email: "", name: "" };

describe("weakPasswordProblem", () => {
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
  ])("rejects %j as a repetition or a sequence", (password) => {
    expect(problem(password)).toMatch(/^That password is only a repetition or a sequence/);
  });

  it.each([
    "tock tock",
    "Tock-Tock-Tock!",
    "Mary Ann Brontë",
    "bronte\u0308 mary",
    "mary-ann.1",
    "Mary & Tock",
    "mary.b mary.b",
  ])("rejects %j as a combination of names", (password) => {
    expect(problem(password)).toBe(
      "Your password can't be only your name or the name of this app. Choose another.",
    );
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
  ])("accepts %j", (password) => {
    expect(problem(password)).toBeUndefined();
  });
});

describe("unpackWords", () => {
  it("returns the words that packWords packed", () => {
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

  it("has all words of the server's list with at least 8 characters, and no others", () => {
    expect([...list].sort()).toEqual([...commonPasswords].filter((word) => [...word].length >= 8).sort());
    expect(list.size).toBeGreaterThan(10_000);
  });

  it("is smaller than 60 kB after gzip", () => {
    expect(gzipSync(file).length).toBeLessThan(60_000);
  });

  it("never leads to another verdict than the server's list", () => {
    const owner = { email: "ann.lee@example.org", name: "Ann Lee-O’Neil" };
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
        const problem = weakPasswordProblem(value, owner, commonPasswords);
        const hint = passwordHint(value, owner, list) ?? "";
        if (problem) expect(hint).not.toMatch(/^Good/);
        else expect(hint).not.toMatch(/Choose another/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the hint for a new password", () => {
  const hint = (password: string) =>
    passwordHint(password, { email: " Ann.Lee@example.org ", name: "Ann" }, new Set(["baseball"]));

  it.each([
    ["", undefined],
    ["abc", "5 more characters needed."],
    ["🦉🦉🦉🦉🦉🦉🦉", "1 more character needed."],
    ["BaseBall", "That password is too common and easy to guess. Choose another."],
    ["ann.lee@EXAMPLE.org", "Your password can't be your own email address. Choose another."],
    ["p".repeat(129), "That's too long: use at most 128 characters."],
    ["a lantern by the river", "Good: long enough and not on the list of common passwords."],
  ])("for %j is %j", (password, expected) => {
    expect(hint(password)).toBe(expected);
  });

  it("does not call a password good before the list is loaded, nor a short word between spaces", () => {
    expect(passwordHint("a lantern by the river", NO_OWNER, undefined)).toBeUndefined();
    expect(passwordHint("abc", NO_OWNER, undefined)).toBe("5 more characters needed.");
    expect(hint(" letmein ")).toBeUndefined();
  });

  it("ignores an empty email address and an empty name", () => {
    expect(passwordHint(" \t \t\t   ", NO_OWNER, new Set())).toBeUndefined();
  });
});
