import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passwordHint } from "#app/components/auth/password-hint.ts";
import { poorPasswordProblem } from "#app/schemas/password-rule.ts";
import { packWords, unpackWords } from "#app/schemas/word-list.ts";
import { commonPasswords } from "#app/services/common-passwords.server.ts";
import { commonPasswordsPlugin } from "../../../vite/common-passwords.ts";

/** The file that browsers get. */
function builtFile(): string {
  const resolve = commonPasswordsPlugin.resolveId as unknown as (id: string) => string | undefined;
  const load = commonPasswordsPlugin.load as unknown as (id: string) => string | undefined;
  const id = resolve("virtual:common-passwords") ?? "";
  expect([resolve("another"), load("another")]).toEqual([undefined, undefined]);
  return load(id) ?? "";
}

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
    const email = "ann.lee@example.org";
    const word = fc.constantFrom(
      "pass",
      "letmein",
      "password",
      "PassWord1",
      "ann.lee",
      "ann.lee@example.org",
    );
    const blank = fc.constantFrom("", " ", "\t", "      ");
    const password = fc.oneof(
      fc.tuple(blank, word, blank).map((parts) => parts.join("")),
      fc.constantFrom(...commonPasswords),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 140 }),
    );
    fc.assert(
      fc.property(password, (value) => {
        const refused = poorPasswordProblem(value, email, commonPasswords);
        const said = passwordHint(value, email, list) ?? "";
        if (refused) expect(said).not.toMatch(/^Good/);
        else expect(said).not.toMatch(/commonest|address/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the hint beside a new password", () => {
  const hint = (password: string) => passwordHint(password, " Ann.Lee@example.org ", new Set(["baseball"]));

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
    expect(passwordHint("a lantern by the river", "", undefined)).toBeUndefined();
    expect(passwordHint("abc", "", undefined)).toBe("5 more characters needed.");
    expect(hint(" letmein ")).toBeUndefined();
  });

  it("knows no address from an empty field", () => {
    expect(passwordHint("        ", "", new Set())).toBeUndefined();
  });
});
