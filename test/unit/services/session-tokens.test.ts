import { randomUUID } from "node:crypto";
import jwt from "jsonwebtoken";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { AppError } from "#app/errors.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";
import { issueSessionToken, verifySessionToken } from "#app/services/session-tokens.server.ts";
import { TEST_SECRETS } from "../../support/app-server.ts";

beforeAll(
  () => void Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" }),
);

const USER = { id: randomUUID(), email: "ann@example.org" };
const sid = randomUUID();

describe("a JWT", () => {
  it("contains the user and the session for seven days, as issued", () => {
    const claims = verifySessionToken(issueSessionToken(USER, sid));
    expect(claims).toEqual({
      user_id: USER.id,
      email: USER.email,
      sid,
      iat: expect.any(Number),
      exp: claims.iat + 7 * 24 * 60 * 60,
    });
  });

  it("expires after exactly seven days", () => {
    vi.useFakeTimers();
    try {
      const token = issueSessionToken(USER, sid);
      vi.advanceTimersByTime((SESSION_SECONDS - 1) * 1000);
      expect(verifySessionToken(token).sid).toBe(sid);
      vi.advanceTimersByTime(1000);
      expect(() => verifySessionToken(token)).toThrow(AppError);
    } finally {
      vi.useRealTimers();
    }
  });

  const claims = () => ({ user_id: USER.id, email: USER.email, sid });
  const sign = (
    payload: object,
    options: jwt.SignOptions = { expiresIn: 60 },
    secret: string = TEST_SECRETS.JWT_SECRET,
  ) => jwt.sign(payload, secret, options);
  it.each<[string, () => string]>([
    ["another secret", () => sign(claims(), { expiresIn: 60 }, TEST_SECRETS.SESSION_SECRET)],
    ["HS384", () => sign(claims(), { expiresIn: 60, algorithm: "HS384" })],
    ["HS512", () => sign(claims(), { expiresIn: 60, algorithm: "HS512" })],
    ["alg none", () => jwt.sign(claims(), null, { algorithm: "none", expiresIn: 60 })],
    ["no exp", () => sign(claims(), {})],
    ["a past exp", () => sign(claims(), { expiresIn: -1 })],
    ["a later nbf", () => sign(claims(), { expiresIn: 60, notBefore: 30 })],
    ["no sid", () => sign({ user_id: USER.id, email: USER.email })],
    ["no email", () => sign({ user_id: USER.id, sid })],
    ["a user_id that is not a UUID", () => sign({ ...claims(), user_id: "1" })],
    ["no characters", () => ""],
    ["plain text", () => "not a token"],
    ["only dots", () => "..."],
    ["a truncated signature", () => issueSessionToken(USER, sid).slice(0, -1)],
    ["a space at the end", () => `${issueSessionToken(USER, sid)} `],
  ])("with %s is rejected as UNAUTHORIZED", (_, make) => {
    expect(() => verifySessionToken(make())).toThrow(expect.objectContaining({ code: "UNAUTHORIZED" }));
  });
});
