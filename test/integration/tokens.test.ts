import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { expectError, UUID } from "../support/assertions.ts";
import { claimsOf, forgeCookie, forgeToken, rawToken } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { request, signUp, type TestUser } from "../support/users.ts";

const DAY_SECONDS = 24 * 60 * 60;
const WEEK_SECONDS = 7 * DAY_SECONDS;

let tock: AppServer;
let ann: TestUser;
let bob: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await signUp(tock.url);
  bob = await signUp(tock.url);
});
afterAll(() => tock?.stop());

const now = () => Math.floor(Date.now() / 1000);
const profile = (headers: Record<string, string>) =>
  request(tock.url, "GET", "/api/auth/profile", { headers });
const bearer = (token: string) => profile({ Authorization: `Bearer ${token}` });

/** Both ways a token can come, each of which has to answer the same. */
async function expectRefused(token: string, code: string): Promise<void> {
  expectError(await bearer(token), 401, code);
  expectError(await profile({ Cookie: await forgeCookie({ token }) }), 401, code);
  const page = await request(tock.url, "GET", "/dashboard", {
    headers: { Cookie: await forgeCookie({ token }) },
  });
  expect(page.status).toBe(302);
}

describe("our JWT", () => {
  it("is HS256, lives seven days, and says who, which session, and no more", async () => {
    const header = JSON.parse(Buffer.from(ann.token.split(".")[0] ?? "", "base64url").toString());
    expect(header.alg).toBe("HS256");
    const { iat, exp, ...rest } = claimsOf(ann.token);
    expect(rest).toStrictEqual({ user_id: ann.id, email: ann.email, sid: expect.stringMatching(UUID) });
    expect(exp - iat).toBe(WEEK_SECONDS);
    expect(Math.abs(iat - now())).toBeLessThan(60);
    const [session] = await queryRows(
      tock.databaseUrl,
      "select user_id, expires_at from session where id = $1",
      [rest.sid],
    );
    expect(session.user_id).toBe(ann.id);
    expect(Math.abs(session.expires_at.getTime() / 1000 - exp)).toBeLessThan(60);
  });

  it("is signed with JWT_SECRET, as anybody who knows it can check", () => {
    const [head, claims, signature] = ann.token.split(".");
    const expected = createHmac("sha256", TEST_SECRETS.JWT_SECRET)
      .update(`${head}.${claims}`)
      .digest("base64url");
    expect(signature).toBe(expected);
  });

  it.each(["Bearer", "bearer", "BEARER"])(
    "is taken after %s, whatever the case of the scheme",
    async (scheme) => {
      expect((await profile({ Authorization: `${scheme} ${ann.token}` })).status).toBe(200);
    },
  );
});

describe("a forged JWT is UNAUTHORIZED", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  const claims = () => claimsOf(ann.token);
  const without = (name: string) => {
    const { [name]: _, ...rest } = claims();
    return rest;
  };
  const swapped = () => {
    const [own = "", , mac = ""] = ann.token.split(".");
    return `${own}.${Buffer.from(JSON.stringify({ ...claims(), user_id: bob.id })).toString("base64url")}.${mac}`;
  };
  it.each<[string, () => string]>([
    ["alg none", () => rawToken({ alg: "none", typ: "JWT" }, claims())],
    ["alg None with a signature", () => rawToken({ alg: "None" }, claims(), ann.token.split(".")[2])],
    ["no alg", () => rawToken({ typ: "JWT" }, claims())],
    ["HS512 with our secret", () => forgeToken(claims(), { algorithm: "HS512" })],
    ["HS384 with our secret", () => forgeToken(claims(), { algorithm: "HS384" })],
    ["RS256", () => forgeToken(claims(), { algorithm: "RS256", secret: rsa.toString() })],
    ["another secret", () => forgeToken(claims(), { secret: TEST_SECRETS.SESSION_SECRET })],
    ["an empty secret's signature", () => `${ann.token.split(".").slice(0, 2).join(".")}.`],
    ["claims swapped for another user's", swapped],
    ["a changed signature", () => `${ann.token.slice(0, -4)}AAAA`],
    ["a run-out time", () => forgeToken({ ...claims(), iat: now() - WEEK_SECONDS - 9, exp: now() - 9 })],
    ["no exp", () => forgeToken(without("exp"))],
    ["an exp that is no number", () => rawSigned({ ...claims(), exp: "9999999999" })],
    ["no sid", () => forgeToken(without("sid"))],
    ["no user_id", () => forgeToken(without("user_id"))],
    ["a sid that is no uuid", () => forgeToken({ ...claims(), sid: "1' or '1'='1" })],
    ["a user_id that is a list", () => forgeToken({ ...claims(), user_id: [ann.id] })],
    ["claims that are a text", () => rawSigned("ann")],
    ["nothing but dots", () => ".."],
    ["far too much", () => "a".repeat(2500)],
    ["alg hs256, in small letters", () => rawSigned(claims(), { alg: "hs256" })],
    ["alg as a list", () => rawSigned(claims(), { alg: ["HS256"] })],
    ["alg PS256", () => rawToken({ alg: "PS256" }, claims(), ann.token.split(".")[2])],
    ["alg ES256 with the zero signature", () => rawToken({ alg: "ES256" }, claims(), "A".repeat(86))],
    ["a header that is no object", () => rawSigned(claims(), "HS256")],
    [
      "a key of its own (jwk), signed with it",
      () => ownKey({ jwk: { kty: "oct", k: OWN_KEY.toString("base64url") } }),
    ],
    ["a kid that leads to an empty file", () => ownKey({ kid: "../../../../dev/null" }, "")],
    ["a kid that is SQL", () => ownKey({ kid: "x' union select 'own key" })],
    ["a jku of its own", () => ownKey({ jku: "https://evil.example/jwks.json" })],
    ["an x5u and x5c of its own", () => ownKey({ x5u: "https://evil.example/x.pem", x5c: ["MIIB"] })],
    ["exp in milliseconds, as a list", () => rawSigned({ ...claims(), exp: [now() + 99] })],
    ["an exp that is null", () => rawSigned({ ...claims(), exp: null })],
    [
      "an exp beyond all numbers",
      () => signedText(JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999')),
    ],
    ["a time before which it is not good", () => rawSigned({ ...claims(), nbf: now() + DAY_SECONDS })],
    ["an iat that is a text", () => rawSigned({ ...claims(), iat: "now" })],
    ["an iat in the future", () => rawSigned({ ...claims(), iat: now() + DAY_SECONDS })],
    ["more than seven days", () => rawSigned({ ...claims(), exp: now() + 53 * WEEK_SECONDS })],
    ["claims that come by __proto__", () => signedText(`{"__proto__":${JSON.stringify(claims())}}`)],
    ["a user_id with something around it", () => rawSigned({ ...claims(), user_id: ` ${ann.id} ` })],
    ["another JWT inside", () => rawSigned({ ...claims(), sid: ann.token })],
    ["claims that are a list", () => rawSigned([claims()])],
    ["claims that are null", () => rawSigned(null)],
    ["claims that are no JSON", () => signedText("{")],
    ["claims that are not encoded (b64)", () => unencoded()],
    ["a fourth part", () => `${ann.token}.x`],
    [
      "a signature in the other base64",
      () => `${ann.token.split(".").slice(0, 2).join(".")}.${otherBase64()}`,
    ],
    ["letters beyond ASCII", () => ann.token.replace("e", "é")],
  ])("%s", async (_, make) => {
    await expectRefused(make(), "UNAUTHORIZED");
  });
});

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const sign = (signed: string, key: string | Buffer = TEST_SECRETS.JWT_SECRET) =>
  `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;

/** Signed as ours are, but around a header or claims that jsonwebtoken would not sign. */
const rawSigned = (claims: unknown, header: unknown = { alg: "HS256", typ: "JWT" }): string =>
  sign(
    rawToken(header as object, claims as object)
      .split(".")
      .slice(0, 2)
      .join("."),
  );

/** The same around any text. */
const signedText = (text: string): string =>
  sign(`${encoded(`{"alg":"HS256","typ":"JWT"}`)}.${encoded(text)}`);

const OWN_KEY = Buffer.from("a key of the forger's own, which the header names");
/** Signed with a key that the header recommends. */
const ownKey = (header: object, key: string | Buffer = OWN_KEY): string =>
  sign(
    rawToken({ alg: "HS256", ...header }, claimsOf(ann.token))
      .split(".")
      .slice(0, 2)
      .join("."),
    key,
  );

/** RFC 7797: the signature is over the claims as they are, and so are they in the token. */
function unencoded(): string {
  const head = encoded(`{"alg":"HS256","b64":false,"crit":["b64"]}`);
  return sign(`${head}.${JSON.stringify(claimsOf(ann.token)).replaceAll(".", "\\u002e")}`);
}

/** Bytes that are another signature, read as base64 with its own letters. */
const otherBase64 = () =>
  Buffer.from(ann.token.split(".")[2] ?? "", "base64url")
    .reverse()
    .toString("base64");

describe("what a header recommends is not looked at", () => {
  it.each<[string, object]>([
    ["kid", { kid: "../../etc/passwd" }],
    ["jku", { jku: "http://127.0.0.1:1/keys" }],
    ["x5u", { x5u: "http://127.0.0.1:1/cert" }],
    ["jwk", { jwk: { kty: "oct", k: "AAAA" } }],
    ["cty", { cty: "JWT" }],
  ])("%s beside our own signature changes nothing", async (_, more) => {
    expect((await bearer(rawSigned(claimsOf(ann.token), { alg: "HS256", ...more }))).status).toBe(200);
  });
});

describe("a genuine JWT is AUTH_INVALID", () => {
  it("with a session that never was", () =>
    expectRefused(forgeToken({ ...claimsOf(ann.token), sid: randomUUID() }), "AUTH_INVALID"));

  it("with the session of another user", async () => {
    await expectRefused(forgeToken({ ...claimsOf(ann.token), sid: claimsOf(bob.token).sid }), "AUTH_INVALID");
    await expectRefused(forgeToken({ ...claimsOf(bob.token), user_id: ann.id }), "AUTH_INVALID");
  });

  it("once the session's own time has run out, before the JWT's has", async () => {
    const person = await signUp(tock.url);
    await queryRows(tock.databaseUrl, "update session set expires_at = now() where user_id = $1", [
      person.id,
    ]);
    await expectRefused(person.token, "AUTH_INVALID");
  });

  it("once the account is gone", async () => {
    const person = await signUp(tock.url);
    await queryRows(tock.databaseUrl, `delete from "user" where id = $1`, [person.id]);
    await expectRefused(person.token, "AUTH_INVALID");
    expectError(await person.api("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
  });
});

describe("a request with both", () => {
  it("is the Bearer token's, whoever the cookie belongs to", async () => {
    const answer = await profile({ Authorization: `Bearer ${bob.token}`, Cookie: ann.cookie });
    expect(answer.body.user.id).toBe(bob.id);
  });

  it("does not fall back on the cookie when the Bearer token is no good", async () => {
    expectError(await profile({ Authorization: "Bearer nonsense", Cookie: ann.cookie }), 401, "UNAUTHORIZED");
  });
});
