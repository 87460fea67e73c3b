import { describe, expect, it } from "vitest";
import {
  codeOfStep,
  findStep,
  hashRecoveryCode,
  newRecoveryCodes,
  newSecret,
  otpauthUri,
  parseCode,
  stepAt,
} from "#app/services/totp-codes.server.ts";

/** "12345678901234567890", the key of the test values in RFC 4226 and RFC 6238, in Base32. */
const RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const NOW = 1_111_111_109_000;

describe("a time-based code", () => {
  // RFC 4226, appendix D.
  it.each(
    ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"].map(
      (code, step) => [step, code] as const,
    ),
  )("of step %i is %s", (step, code) => {
    expect(codeOfStep(RFC_SECRET, step)).toBe(code);
  });

  // RFC 6238, appendix B: the last six of its eight digits.
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("at second %i is %s", (second, code) => {
    expect(codeOfStep(RFC_SECRET, stepAt(second * 1000))).toBe(code);
  });

  it("is accepted one step early or late, and no more", () => {
    const step = stepAt(NOW);
    const found = [-2, -1, 0, 1, 2].map((offset) =>
      findStep(RFC_SECRET, codeOfStep(RFC_SECRET, step + offset), NOW),
    );
    expect(found).toEqual([undefined, step - 1, step, step + 1, undefined]);
  });

  it("of another secret is rejected", () => {
    const secret = newSecret();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(newSecret()).not.toBe(secret);
    // One in about 300,000 codes would be right by chance.
    const codes = Array.from({ length: 20 }, (_, n) => codeOfStep(secret, n));
    expect(codes.filter((code) => findStep(RFC_SECRET, code, NOW) !== undefined).length).toBeLessThan(2);
  });
});

describe("recovery codes", () => {
  const USER = "6f1c1c5e-5a52-4c1f-9c53-0d6f0a3b7a11";

  it("are ten different ones of 24 characters, and are recognized in any letter case and grouping", () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([a-z2-7]{6}-){3}[a-z2-7]{6}$/);
      const hash = hashRecoveryCode(USER, code);
      for (const typed of [
        code,
        code.toUpperCase(),
        code.replaceAll("-", ""),
        ` ${code.replaceAll("-", " ")} `,
      ])
        expect(parseCode(USER, typed)).toEqual({ kind: "recovery", hash });
    }
  });

  it("have a different hash for each user", () => {
    const [code = ""] = newRecoveryCodes();
    expect(hashRecoveryCode(USER, code)).not.toEqual(hashRecoveryCode(crypto.randomUUID(), code));
  });

  it.each([
    "",
    " ",
    "12345",
    "1234567",
    "１２３４５６",
    "12345a",
    "a".repeat(23),
    "1".repeat(24),
    "a".repeat(60_000),
  ])("%j is neither a code nor a recovery code", (typed) => {
    expect(parseCode(USER, typed)).toEqual({ kind: "invalid" });
  });

  it("are distinguished from codes of the app", () => {
    for (const typed of ["123456", "123 456", " 123-456 "])
      expect(parseCode(USER, typed)).toEqual({ kind: "time", digits: "123456" });
  });
});

it("the address for the app has the account and the secret, encoded", () => {
  expect(otpauthUri(RFC_SECRET, "a&b?c=#+ada@example.org")).toBe(
    `otpauth://totp/Tock:a%26b%3Fc%3D%23%2Bada%40example.org?secret=${RFC_SECRET}&issuer=Tock`,
  );
});
