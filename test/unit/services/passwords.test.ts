import bcrypt from "bcrypt";
import { describe, expect, it } from "vitest";
import {
  assertStrongPassword,
  DUMMY_HASH,
  hashPassword,
  verifyPassword,
} from "#app/services/passwords.server.ts";

describe("a hash", () => {
  it("is bcrypt of cost 12 or more, fresh each time, and opens to its password alone", async () => {
    const [hash, again] = [await hashPassword("a lantern"), await hashPassword("a lantern")];
    expect(hash).toMatch(/^\$2b\$(1[2-9]|[23]\d)\$/);
    expect(again).not.toBe(hash);
    expect(await verifyPassword({ hash, password: "a lantern" })).toBe(true);
    expect(await verifyPassword({ hash, password: "a lantern " })).toBe(false);
  });

  it("of up to 72 bytes is plain bcrypt, so that any other program can check it", async () => {
    const password = "é".repeat(36);
    expect(await bcrypt.compare(password, await hashPassword(password))).toBe(true);
  });

  it("of more bytes depends on each of them", async () => {
    const password = "é".repeat(36);
    const hash = await hashPassword(`${password}a`);
    expect(await verifyPassword({ hash, password: `${password}a` })).toBe(true);
    expect(await verifyPassword({ hash, password: `${password}b` })).toBe(false);
    expect(await verifyPassword({ hash, password })).toBe(false);
    expect(await bcrypt.compare(`${password}a`, hash)).toBe(false);
  });

  it("that nobody has costs as much as a real one, and opens to nothing", async () => {
    expect(bcrypt.getRounds(DUMMY_HASH)).toBe(bcrypt.getRounds(await hashPassword("x")));
    expect(await verifyPassword({ hash: DUMMY_HASH, password: "" })).toBe(false);
  });
});

it("hashing that is asked of too many at once refuses some, with a time to come back, rather than queue for ever", async () => {
  const hash = await bcrypt.hash("x", 4);
  const asked = Array.from({ length: 200 }, () =>
    verifyPassword({ hash, password: "x" }).then(
      () => undefined,
      (error) => error,
    ),
  );
  const errors = (await Promise.all(asked)).filter(Boolean);
  expect(errors.length).toBeGreaterThan(100);
  for (const error of errors)
    expect(error).toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: expect.any(Number),
    });
});

describe("a poor password is refused", () => {
  const refused = (password: string, email = "ann.lee@example.org") => {
    try {
      assertStrongPassword(password, { email, name: "Ann" });
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: "VALIDATION_ERROR", details: { password: [expect.any(String)] } });
      return true;
    }
  };
  it.each([
    "password",
    "12345678",
    "qwertyuiop",
    "iloveyou",
    "PASSWORD",
    " password ",
    "ann.lee@example.org",
    "Ann.Lee@Example.org",
  ])("%j", (password) => {
    expect(refused(password)).toBe(true);
  });
  it.each([
    "a lantern by the river",
    "ann.lee@example.org!",
    "constructor",
    "__proto__",
    "パスワード安全です",
  ])("but not %j", (password) => {
    expect(refused(password)).toBe(false);
  });
});
