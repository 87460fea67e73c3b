import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, TEST_SECRETS, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { claimsOf, forgeCookie, forgeToken } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { codeNow, type TotpUser, turnOnTotp } from "../support/totp.ts";
import { cookiesAfter, createUser, PASSWORD, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

/*
 * The steps of docs/operations/secrets.md, for all three secrets at once. The instances of two consecutive steps run side
 * by side, as during a rolling restart.
 */
const NEW = {
  JWT_SECRET: "newer-jwt-secret-of-the-tests-0123456789",
  SESSION_SECRET: "newer-session-secret-of-the-tests-012345",
  BETTER_AUTH_SECRET: "newer-identity-secret-of-the-tests-01234",
};
type Name = keyof typeof NEW;
const lists = (list: (name: Name) => string[]) =>
  Object.fromEntries((Object.keys(NEW) as Name[]).map((name) => [name, list(name).join(",")]));
const STEPS = {
  added: lists((name) => [TEST_SECRETS[name], NEW[name]]),
  first: lists((name) => [NEW[name], TEST_SECRETS[name]]),
  alone: lists((name) => [NEW[name]]),
};

let added: AppServer;
let first: AppServer;
let alone: AppServer;
let user: TestUser;
let totp: TotpUser;
beforeAll(async () => {
  added = await startApp({ ...WITHOUT_COVERAGE, ...STEPS.added });
  user = await createUser(added);
  totp = await turnOnTotp(user);
  // More than one batch of other users whose secrets were sealed with a value that is gone.
  await queryRows(
    added.databaseUrl,
    `with u as (insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 1100) n returning id)
     insert into totp (user_id, secret, confirmed_at) select id, decode(repeat('00', 60), 'hex'), now() from u`,
  );
  const database = { DATABASE_URL: added.databaseUrl };
  first = await startApp({ ...STEPS.first, ...database });
  alone = await startApp({ ...WITHOUT_COVERAGE, ...STEPS.alone, ...database });
});
afterAll(async () => {
  await alone?.stop();
  await first?.stop();
  await added?.stop();
});

const tasksWith = (app: AppServer, headers: Record<string, string>) =>
  request(app.url, "GET", "/api/tasks", { headers: { "Sec-Fetch-Site": "same-origin", ...headers } });
const statusesOf = async (app: AppServer, { token, cookie }: Pick<TestUser, "token" | "cookie">) => [
  (await tasksWith(app, { Authorization: `Bearer ${token}` })).status,
  (await tasksWith(app, { Cookie: cookie })).status,
];
/** Lets the codes of the current time steps be used again. */
const allowUsedCodes = () => queryRows(added.databaseUrl, "update totp set last_step = 0");
const submit = (app: AppServer, path: string, fields: Record<string, string>, cookie = "") =>
  request(app.url, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "Sec-Fetch-Site": "same-origin",
      Cookie: cookie,
    },
  });

/** Signs in by the pages: the password at one instance, the code at another. @returns the session's cookie and token */
async function signInAt(passwordStep: AppServer, codeStep: AppServer) {
  await allowUsedCodes();
  const { email } = user;
  const pending = await submit(passwordStep, "/signin", { intent: "signin", email, password: PASSWORD });
  const fields = { intent: "signin-code", totp_code: codeNow(totp.secret) };
  const signedIn = await submit(codeStep, "/signin/code", fields, cookiesAfter(pending));
  expect([signedIn.status, signedIn.headers.get("Location")]).toEqual([302, "/dashboard"]);
  const cookie = cookiesAfter(signedIn);
  const value = decodeURIComponent(/tock=([^;.]+)/.exec(cookie)?.[1] ?? "");
  return { cookie, token: JSON.parse(Buffer.from(value, "base64").toString()).token as string };
}

describe("while the new secrets are rolled out", () => {
  it("each instance accepts the sessions and sign-ins in progress of the other", async () => {
    const older = await signInAt(first, added);
    const newer = await signInAt(added, first);
    for (const session of [user, older, newer])
      for (const app of [added, first]) expect(await statusesOf(app, session)).toEqual([200, 200]);
  });
});

describe("after the old secrets are gone", () => {
  it("sessions that began or were renewed with the new ones go on, and the old ones sign nothing", async () => {
    const newer = await signInAt(first, first);
    expect(await statusesOf(alone, newer)).toEqual([200, 200]);
    for (const credential of [user, { token: forgeToken(claimsOf(newer.token)), cookie: user.cookie }])
      expect(await statusesOf(alone, credential)).toEqual([401, 401]);

    // A page renews a session after a day. Seven days later each session that is still active has been renewed.
    const { sid, ...claims } = claimsOf(user.token);
    const dayOld = { ...claims, sid, iat: claims.iat - 86_401, exp: claims.exp - 86_401 };
    const before = await forgeCookie({ token: forgeToken(dayOld) });
    const page = await request(first.url, "GET", "/dashboard", { headers: { Cookie: before } });
    const cookie = cookiesAfter(page, before);
    expect((await tasksWith(alone, { Cookie: cookie })).status).toBe(200);
    expectError(await tasksWith(alone, { Cookie: before }), 401, "UNAUTHORIZED");
  });

  it("second factors work, because their secrets were sealed again", async () => {
    await waitFor(() => {
      const lines = first.log.filter((line) => line.includes("second factors sealed"));
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ level: "warn", current: 0, resealed: 1, unreadable: 1100 }),
      ]);
    });
    expect((await signInAt(alone, alone)).token).toBeTruthy();
    expect(added.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
