import bcrypt from "bcrypt";
import { describe, expect, it } from "vitest";
import {
  assertStrongPassword,
  DUMMY_HASH,
  hashPassword,
  verifyPassword,
  withHashing,
} from "#app/services/passwords.server.ts";

describe("hashPassword", () => {
  it("uses bcrypt with cost 12 or more and a new salt, and only its password verifies", async () => {
    const [hash, again] = [await hashPassword("a lantern"), await hashPassword("a lantern")];
    expect(hash).toMatch(/^\$2b\$(1[2-9]|[23]\d)\$/);
    expect(again).not.toBe(hash);
    expect(await verifyPassword({ hash, password: "a lantern" })).toBe(true);
    expect(await verifyPassword({ hash, password: "a lantern " })).toBe(false);
  });

  it("creates a plain bcrypt hash of a password of up to 72 bytes", async () => {
    const password = "é".repeat(36);
    expect(await bcrypt.compare(password, await hashPassword(password))).toBe(true);
  });

  it("creates a hash that depends on every byte of a longer password", async () => {
    const password = "é".repeat(36);
    const hash = await hashPassword(`${password}a`);
    expect(await verifyPassword({ hash, password: `${password}a` })).toBe(true);
    expect(await verifyPassword({ hash, password: `${password}b` })).toBe(false);
    expect(await verifyPassword({ hash, password })).toBe(false);
    expect(await bcrypt.compare(`${password}a`, hash)).toBe(false);
  });

  it("has the same cost as DUMMY_HASH, which no password verifies", async () => {
    expect(bcrypt.getRounds(DUMMY_HASH)).toBe(bcrypt.getRounds(await hashPassword("x")));
    expect(await verifyPassword({ hash: DUMMY_HASH, password: "" })).toBe(false);
  });
});

it("withHashing rejects operations beyond its queue like a rate limit, before they begin", async () => {
  const hash = await bcrypt.hash("x", 4);
  let begun = 0;
  const operation = async () => {
    begun += 1;
    return verifyPassword({ hash, password: "x" });
  };
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, () => withHashing("known", operation)),
  );
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(errors.length).toBeGreaterThan(100);
  expect(begun).toBe(200 - errors.length);
  for (const error of errors)
    expect(error).toMatchObject({
      code: "RATE_LIMITED",
      message: expect.stringContaining("Try again in 5 seconds."),
      retryAfterSeconds: 5,
      rateLimit: 200 - errors.length,
    });
});

it("withHashing keeps places for known devices, whose hashes pass those of a flood of unknown ones", async () => {
  const hash = await bcrypt.hash("x", 10);
  const finished: string[] = [];
  const operation = (lane: "known" | "unknown") => async () => {
    await verifyPassword({ hash, password: "x" }, lane);
    finished.push(lane);
  };
  const start = (lane: "known" | "unknown") => withHashing(lane, operation(lane));
  const flood = Promise.allSettled(Array.from({ length: 200 }, () => start("unknown")));
  const known = Array.from({ length: 4 }, () => start("known"));
  expect((await Promise.allSettled(known)).map(({ status }) => status)).toEqual(Array(4).fill("fulfilled"));
  // The flood waits: of its hashes, only those on a thread and next in line came first, then every other one.
  expect(finished.filter((lane) => lane === "unknown").length).toBeLessThanOrEqual(8);
  const outcomes = await flood;
  const admitted = outcomes.filter(({ status }) => status === "fulfilled").length;
  expect(finished).toHaveLength(admitted + 4);
  expect(admitted).toBeGreaterThan(20);
  for (const outcome of outcomes)
    if (outcome.status === "rejected")
      expect(outcome.reason).toMatchObject({ code: "RATE_LIMITED", rateLimit: admitted });
});

describe("assertStrongPassword", () => {
  const isRejected = (password: string, email = "ann.lee@example.org") => {
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
  ])("rejects %j", (password) => {
    expect(isRejected(password)).toBe(true);
  });
  it.each([
    "a lantern by the river",
    "ann.lee@example.org!",
    "constructor",
    "__proto__",
    "パスワード安全です",
  ])("accepts %j", (password) => {
    expect(isRejected(password)).toBe(false);
  });
});
