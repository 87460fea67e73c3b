import { createHmac } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { TEST_SECRETS } from "../../support/app-server.ts";

type Devices = typeof import("#app/services/devices.server.ts");
const ADA = "ada@example.org";
const GRACE = "grace@example.org";

/** Loads the module with other secrets, as a restarted server does. */
async function withSecrets(SESSION_SECRET: string): Promise<Devices> {
  vi.resetModules();
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/tock", SESSION_SECRET });
  return import("#app/services/devices.server.ts");
}

let devices: Devices;
beforeAll(async () => {
  devices = await withSecrets(TEST_SECRETS.SESSION_SECRET);
});
const isKnown = (token: string | undefined, email: string, { recognizeDevice } = devices) =>
  recognizeDevice(token, email).deviceKey !== undefined;

describe("a device token", () => {
  let token: string;
  beforeEach(() => {
    token = devices.rememberAccount(undefined, ADA);
  });

  it("knows the accounts that have signed in, and no others", () => {
    expect(isKnown(token, ADA)).toBe(true);
    expect(isKnown(token, GRACE)).toBe(false);
    const both = devices.rememberAccount(token, GRACE);
    expect([isKnown(both, ADA), isKnown(both, GRACE)]).toEqual([true, true]);
    expect(both.split(".")[0]).toBe(token.split(".")[0]);
  });

  it("contains neither an email nor a part of it, and is different on each device", () => {
    const decoded = token
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString("latin1"))
      .join();
    expect(`${token}${decoded}`).not.toMatch(/ada|example/);
    const [, mark] = token.split(".");
    const [, other] = devices.rememberAccount(undefined, ADA).split(".");
    expect(other).not.toBe(mark);
  });

  it("is rejected when any character has been changed", () => {
    for (let index = 0; index < token.length; index++) {
      if (token[index] === ".") continue;
      const replaced = token[index] === "A" ? "Q" : "A";
      const forged = token.slice(0, index) + replaced + token.slice(index + 1);
      expect(isKnown(forged, ADA), String(index)).toBe(false);
    }
  });

  it("is rejected with the marks of another device or account, without a key, and in any other form", () => {
    const [id = "", mark = ""] = token.split(".");
    const [otherId = ""] = devices.rememberAccount(undefined, ADA).split(".");
    const [, graceMark = ""] = devices.rememberAccount(`${id}.${mark}`, GRACE).split(".");
    const unkeyed = (key: string) =>
      createHmac("sha256", key).update(`mark\0${id}\0${ADA}`).digest().subarray(0, 16).toString("base64url");
    const forgeries = [
      `${otherId}.${mark}`,
      `${id}.${graceMark}`,
      `${mark}.${id}`,
      id,
      `${id}.`,
      `${id}.${mark}.`,
      `${id}.${mark} `,
      `${id}.${mark}=`,
      `${id}${mark}`,
      `${id}.${unkeyed("")}`,
      `${id}.${unkeyed(TEST_SECRETS.SESSION_SECRET)}`,
      `${id}.${Array(9).fill(mark).join(".")}`,
      `${id}.${"A".repeat(100_000)}`,
      "",
      "null",
      '{"accounts":["ada@example.org"]}',
    ];
    for (const forgery of forgeries) expect(isKnown(forgery, ADA), forgery.slice(0, 80)).toBe(false);
    expect(isKnown(undefined, ADA)).toBe(false);
  });

  it("keeps the eight accounts that signed in last, in at most 206 characters", () => {
    const emails = Array.from({ length: 20 }, (_, n) => `user${n}@example.org`);
    let kept: string | undefined;
    for (const email of emails) kept = devices.rememberAccount(kept, email);
    expect(kept?.length).toBeLessThanOrEqual(206);
    expect(emails.filter((email) => isKnown(kept, email))).toEqual(emails.slice(-8));
    // Signing in again adds nothing, and keeps the account longest.
    kept = devices.rememberAccount(kept, emails[12] ?? "");
    kept = devices.rememberAccount(kept, ADA);
    expect([isKnown(kept, emails[12] ?? ""), isKnown(kept, emails[13] ?? "")]).toEqual([true, false]);
  });

  it("replaces a malformed token", () => {
    expect(isKnown(devices.rememberAccount("nonsense", ADA), ADA)).toBe(true);
  });

  it("names its counter and that of the account by pseudonyms that differ from its marks", () => {
    const { accountKey, deviceKey } = devices.recognizeDevice(token, ADA);
    expect(devices.recognizeDevice(undefined, ADA).accountKey).toBe(accountKey);
    for (const key of [accountKey, deviceKey]) expect(key).toMatch(/^[\w-]{22}$/);
    expect(token).not.toContain(deviceKey);
    expect(token).not.toContain(accountKey);
    expect(devices.recognizeDevice(devices.rememberAccount(token, GRACE), GRACE).deviceKey).not.toBe(
      deviceKey,
    );
  });

  it("survives a rotation of SESSION_SECRET, until the old secret is removed", async () => {
    const next = "a-newer-session-secret-of-the-tests-012345";
    const rotated = await withSecrets(`${next},${TEST_SECRETS.SESSION_SECRET}`);
    expect(isKnown(token, ADA, rotated)).toBe(true);
    const renewed = rotated.rememberAccount(token, ADA);
    expect(renewed.split(".")).toHaveLength(2);
    const later = await withSecrets(next);
    expect([isKnown(token, ADA, later), isKnown(renewed, ADA, later)]).toEqual([false, true]);
  });
});
