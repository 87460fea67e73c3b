import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { expectError, UUID } from "../support/assertions.ts";
import { claimsOf, forgeCookie, forgeToken, rawToken } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { request, signUp, type TestUser } from "../support/users.ts";

const DAY_SECONDS = 24 * 60 * 60;
const WEEK_SECONDS = 7 * DAY_SECONDS;

let app: AppServer;
let alice: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await signUp(app.url);
  bob = await signUp(app.url);
});
afterAll(() => app?.stop());

const now = () => Math.floor(Date.now() / 1000);
const getProfile = (headers: Record<string, string>) =>
  request(app.url, "GET", "/api/auth/profile", { headers });
const withBearer = (token: string) => getProfile({ Authorization: `Bearer ${token}` });

/** Expects the same rejection of a token in a header, in a cookie, and on a page. */
async function expectRejected(token: string, code: string): Promise<void> {
  expectError(await withBearer(token), 401, code);
  expectError(await getProfile({ Cookie: await forgeCookie({ token }) }), 401, code);
  const page = await request(app.url, "GET", "/dashboard", {
    headers: { Cookie: await forgeCookie({ token }) },
  });
  expect(page.status).toBe(302);
}

describe("an issued JWT", () => {
  it("uses HS256, expires after seven days and contains only user, email and session", async () => {
    const header = JSON.parse(Buffer.from(alice.token.split(".")[0] ?? "", "base64url").toString());
    expect(header.alg).toBe("HS256");
    const { iat, exp, ...rest } = claimsOf(alice.token);
    expect(rest).toStrictEqual({ user_id: alice.id, email: alice.email, sid: expect.stringMatching(UUID) });
    expect(exp - iat).toBe(WEEK_SECONDS);
    expect(Math.abs(iat - now())).toBeLessThan(60);
    const [session] = await queryRows(
      app.databaseUrl,
      "select user_id, expires_at from session where id = $1",
      [rest.sid],
    );
    expect(session.user_id).toBe(alice.id);
    expect(Math.abs(session.expires_at.getTime() / 1000 - exp)).toBeLessThan(60);
  });

  it("is signed with JWT_SECRET", () => {
    const [header, claims, signature] = alice.token.split(".");
    const expected = createHmac("sha256", TEST_SECRETS.JWT_SECRET)
      .update(`${header}.${claims}`)
      .digest("base64url");
    expect(signature).toBe(expected);
  });

  it.each(["Bearer", "bearer", "BEARER"])("is accepted after the scheme %s in any case", async (scheme) => {
    expect((await getProfile({ Authorization: `${scheme} ${alice.token}` })).status).toBe(200);
  });
});

describe("a forged JWT is rejected as UNAUTHORIZED", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  const claims = () => claimsOf(alice.token);
  const without = (name: string) => {
    const { [name]: _, ...rest } = claims();
    return rest;
  };
  const withClaimsOfBob = () => {
    const [header = "", , signature = ""] = alice.token.split(".");
    return `${header}.${Buffer.from(JSON.stringify({ ...claims(), user_id: bob.id })).toString("base64url")}.${signature}`;
  };
  it.each<[string, () => string]>([
    ["with alg none", () => rawToken({ alg: "none", typ: "JWT" }, claims())],
    ["with alg None and a signature", () => rawToken({ alg: "None" }, claims(), alice.token.split(".")[2])],
    ["without alg", () => rawToken({ typ: "JWT" }, claims())],
    ["signed with HS512 and the right secret", () => forgeToken(claims(), { algorithm: "HS512" })],
    ["signed with HS384 and the right secret", () => forgeToken(claims(), { algorithm: "HS384" })],
    ["signed with RS256", () => forgeToken(claims(), { algorithm: "RS256", secret: rsa.toString() })],
    ["signed with another secret", () => forgeToken(claims(), { secret: TEST_SECRETS.SESSION_SECRET })],
    ["with an empty signature", () => `${alice.token.split(".").slice(0, 2).join(".")}.`],
    ["with the claims of another user and the old signature", withClaimsOfBob],
    ["with a changed signature", () => `${alice.token.slice(0, -4)}AAAA`],
    ["that has expired", () => forgeToken({ ...claims(), iat: now() - WEEK_SECONDS - 9, exp: now() - 9 })],
    ["without exp", () => forgeToken(without("exp"))],
    ["with a text as exp", () => rawSigned({ ...claims(), exp: "9999999999" })],
    ["without sid", () => forgeToken(without("sid"))],
    ["without user_id", () => forgeToken(without("user_id"))],
    ["with a sid that is not a UUID", () => forgeToken({ ...claims(), sid: "1' or '1'='1" })],
    ["with an array as user_id", () => forgeToken({ ...claims(), user_id: [alice.id] })],
    ["with a string instead of claims", () => rawSigned("alice")],
    ["that consists of dots", () => ".."],
    ["that is 2,500 characters of garbage", () => "a".repeat(2500)],
    ["with alg in lower case", () => rawSigned(claims(), { alg: "hs256" })],
    ["with an array as alg", () => rawSigned(claims(), { alg: ["HS256"] })],
    ["with alg PS256", () => rawToken({ alg: "PS256" }, claims(), alice.token.split(".")[2])],
    ["with alg ES256 and a signature of zeros", () => rawToken({ alg: "ES256" }, claims(), "A".repeat(86))],
    ["with a string instead of a header", () => rawSigned(claims(), "HS256")],
    [
      "signed with the key in its own header (jwk)",
      () => signedWithHeaderKey({ jwk: { kty: "oct", k: HEADER_KEY.toString("base64url") } }),
    ],
    [
      "with a kid that is the path of an empty file",
      () => signedWithHeaderKey({ kid: "../../../../dev/null" }, ""),
    ],
    ["with SQL as kid", () => signedWithHeaderKey({ kid: "x' union select 'own key" })],
    ["with a jku of another site", () => signedWithHeaderKey({ jku: "https://evil.example/jwks.json" })],
    [
      "with x5u and x5c of another site",
      () => signedWithHeaderKey({ x5u: "https://evil.example/x.pem", x5c: ["MIIB"] }),
    ],
    ["with an array as exp", () => rawSigned({ ...claims(), exp: [now() + 99] })],
    ["with null as exp", () => rawSigned({ ...claims(), exp: null })],
    [
      "with an exp beyond the number range",
      () => signedText(JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999')),
    ],
    ["with nbf in the future", () => rawSigned({ ...claims(), nbf: now() + DAY_SECONDS })],
    ["with a text as iat", () => rawSigned({ ...claims(), iat: "now" })],
    ["with iat in the future", () => rawSigned({ ...claims(), iat: now() + DAY_SECONDS })],
    ["that lasts longer than seven days", () => rawSigned({ ...claims(), exp: now() + 53 * WEEK_SECONDS })],
    ["with claims inside __proto__", () => signedText(`{"__proto__":${JSON.stringify(claims())}}`)],
    ["with spaces around user_id", () => rawSigned({ ...claims(), user_id: ` ${alice.id} ` })],
    ["with another JWT as sid", () => rawSigned({ ...claims(), sid: alice.token })],
    ["with an array of claims", () => rawSigned([claims()])],
    ["with null instead of claims", () => rawSigned(null)],
    ["with claims that are not JSON", () => signedText("{")],
    ["with unencoded claims (b64: false)", () => unencoded()],
    ["with a fourth part", () => `${alice.token}.x`],
    [
      "with a signature in standard base64",
      () => `${alice.token.split(".").slice(0, 2).join(".")}.${standardBase64Signature()}`,
    ],
    ["with a character beyond ASCII", () => alice.token.replace("e", "é")],
  ])("%s", async (_, make) => {
    await expectRejected(make(), "UNAUTHORIZED");
  });
});

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const sign = (signed: string, key: string | Buffer = TEST_SECRETS.JWT_SECRET) =>
  `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;

/** Signs with the right secret a header and claims that jsonwebtoken would refuse to sign. */
const rawSigned = (claims: unknown, header: unknown = { alg: "HS256", typ: "JWT" }): string =>
  sign(
    rawToken(header as object, claims as object)
      .split(".")
      .slice(0, 2)
      .join("."),
  );

/** Signs any text as claims. */
const signedText = (text: string): string =>
  sign(`${encoded(`{"alg":"HS256","typ":"JWT"}`)}.${encoded(text)}`);

const HEADER_KEY = Buffer.from("a key of the attacker, which the header contains");
/** Signs with a key that the header names. */
const signedWithHeaderKey = (header: object, key: string | Buffer = HEADER_KEY): string =>
  sign(
    rawToken({ alg: "HS256", ...header }, claimsOf(alice.token))
      .split(".")
      .slice(0, 2)
      .join("."),
    key,
  );

/** RFC 7797: the token contains, and the signature covers, the claims without base64url. */
function unencoded(): string {
  const head = encoded(`{"alg":"HS256","b64":false,"crit":["b64"]}`);
  return sign(`${head}.${JSON.stringify(claimsOf(alice.token)).replaceAll(".", "\\u002e")}`);
}

/** A wrong signature in the alphabet of standard base64. */
const standardBase64Signature = () =>
  Buffer.from(alice.token.split(".")[2] ?? "", "base64url")
    .reverse()
    .toString("base64");

describe("a JWT with a valid signature", () => {
  it.each<[string, object]>([
    ["kid", { kid: "../../etc/passwd" }],
    ["jku", { jku: "http://127.0.0.1:1/keys" }],
    ["x5u", { x5u: "http://127.0.0.1:1/cert" }],
    ["jwk", { jwk: { kty: "oct", k: "AAAA" } }],
    ["cty", { cty: "JWT" }],
  ])("is accepted with the header %s, which is ignored", async (_, extraHeader) => {
    expect(
      (await withBearer(rawSigned(claimsOf(alice.token), { alg: "HS256", ...extraHeader }))).status,
    ).toBe(200);
  });
});

describe("a JWT with a valid signature is rejected as AUTH_INVALID", () => {
  it("when its session never existed", () =>
    expectRejected(forgeToken({ ...claimsOf(alice.token), sid: randomUUID() }), "AUTH_INVALID"));

  it("when its session belongs to another user", async () => {
    await expectRejected(
      forgeToken({ ...claimsOf(alice.token), sid: claimsOf(bob.token).sid }),
      "AUTH_INVALID",
    );
    await expectRejected(forgeToken({ ...claimsOf(bob.token), user_id: alice.id }), "AUTH_INVALID");
  });

  it("when its session has expired before the JWT", async () => {
    const user = await signUp(app.url);
    await queryRows(app.databaseUrl, "update session set expires_at = now() where user_id = $1", [user.id]);
    await expectRejected(user.token, "AUTH_INVALID");
  });

  it("when its account has been deleted", async () => {
    const user = await signUp(app.url);
    await queryRows(app.databaseUrl, `delete from "user" where id = $1`, [user.id]);
    await expectRejected(user.token, "AUTH_INVALID");
    expectError(await user.api("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
  });
});

describe("a request with a Bearer token and a session cookie", () => {
  it("is authenticated by the Bearer token", async () => {
    const response = await getProfile({ Authorization: `Bearer ${bob.token}`, Cookie: alice.cookie });
    expect(response.body.user.id).toBe(bob.id);
  });

  it("does not fall back to the cookie when the Bearer token is invalid", async () => {
    expectError(
      await getProfile({ Authorization: "Bearer nonsense", Cookie: alice.cookie }),
      401,
      "UNAUTHORIZED",
    );
  });
});
