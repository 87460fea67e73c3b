import bcrypt from "bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { changePasswordDuringEmailChange, EMAIL_PROOFS } from "../support/email-change-races.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { holdWrites } from "../support/held-writes.ts";
import { changePassword, holdPasswordChange } from "../support/password-change-races.ts";
import { queryRows } from "../support/sql.ts";
import {
  cookiesAfter,
  createUser,
  PASSWORD,
  PASSWORD_HASH,
  request,
  signIn,
  signUp,
} from "../support/users.ts";

let app: AppServer;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

const NEW_PASSWORD = "ein Kahn auf dem Fluß 🛶";
const trySignIn = (email: string, password: string) =>
  request(app.url, "POST", "/api/auth/signin", { body: { email, password } });

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("a password change %s", (_, via) => {
  it("requires the current password, ends all other sessions, keeps this one, and replaces the old password", async () => {
    const user = await createUser(app);
    const elsewhere = await signIn(app.url, user.email);
    const wrong = { password: NEW_PASSWORD, current_password: "not the current one" };
    expectError(await user[via]("PUT", "/api/auth/profile", wrong), 401, "INVALID_CREDENTIALS");
    expect((await elsewhere.api("GET", "/api/tasks")).status).toBe(200);

    const response = await user[via]("PUT", "/api/auth/profile", {
      password: NEW_PASSWORD,
      current_password: PASSWORD,
    });
    expect(response.status).toBe(200);
    expect(response.body).toStrictEqual((await user.api("GET", "/api/auth/profile")).body);
    expect(Object.keys(response.body)).toEqual(["user"]);
    expect((await user.viaCookie("GET", "/api/tasks")).status).toBe(200);
    expectError(await elsewhere.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await elsewhere.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await trySignIn(user.email, PASSWORD), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(user.email, NEW_PASSWORD)).status).toBe(200);
  });
});

it("a password change on the settings page replaces this session too and revokes its old token", async () => {
  const user = await createUser(app);
  const elsewhere = await signIn(app.url, user.email);
  const fields = { intent: "password", current_password: PASSWORD, password: NEW_PASSWORD };
  const response = await request(app.url, "POST", "/settings", {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      Cookie: user.cookie,
      "Sec-Fetch-Site": "same-origin",
    },
  });
  expect([response.status, response.headers.get("Location")]).toEqual([302, "/settings"]);
  const page = await request(app.url, "GET", "/settings", {
    headers: { Cookie: cookiesAfter(response, user.cookie) },
  });
  expect(page.text).toContain("Password changed. Your other devices are signed out.");
  for (const signedOut of [user, elsewhere]) {
    expectError(await signedOut.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await signedOut.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
  }
  const remaining = await queryRows(app.databaseUrl, "select id from session where user_id = $1", [user.id]);
  expect(remaining).toHaveLength(1);
  expect(remaining[0].id).not.toBe(claimsOf(user.token).sid);
});

describe("a password hash of a lower cost", () => {
  const hashOf = async (id: string): Promise<string> =>
    (await queryRows(app.databaseUrl, "select password_hash from account where user_id = $1", [id]))[0]
      .password_hash;
  async function withOldHash(password = PASSWORD) {
    const user = await createUser(app);
    const oldHash = await bcrypt.hash(password, 10);
    await queryRows(app.databaseUrl, "update account set password_hash = $2 where user_id = $1", [
      user.id,
      oldHash,
    ]);
    return { user, oldHash };
  }

  it("is replaced at sign-in; sessions and the password stay valid", async () => {
    const { user, oldHash } = await withOldHash();
    expectError(await trySignIn(user.email, "a wrong one"), 401, "INVALID_CREDENTIALS");
    expect(await hashOf(user.id)).toBe(oldHash);
    const response = await trySignIn(user.email, PASSWORD);
    expect(response.status).toBe(200);
    const newHash = await hashOf(user.id);
    expect(bcrypt.getRounds(newHash)).toBe(12);
    expect(await bcrypt.compare(PASSWORD, newHash)).toBe(true);
    expect((await user.api("GET", "/api/tasks")).status).toBe(200);
    expect((await trySignIn(user.email, PASSWORD)).status).toBe(200);
    expect(await hashOf(user.id)).toBe(newHash);
    const sessions = await queryRows(app.databaseUrl, "select id from session where user_id = $1", [user.id]);
    expect(sessions).toHaveLength(3);
  });

  it("is replaced once by concurrent sign-ins, which all succeed", async () => {
    const { user } = await withOldHash();
    const responses = await Promise.all(Array.from({ length: 6 }, () => trySignIn(user.email, PASSWORD)));
    expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(bcrypt.getRounds(await hashOf(user.id))).toBe(12);
  });

  it("stays when the new one cannot be stored, and the sign-in succeeds", async () => {
    const { user, oldHash } = await withOldHash();
    await queryRows(
      app.databaseUrl,
      `create function reject_update() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger reject_update before update on account for each row
       when (old.password_hash is distinct from new.password_hash) execute function reject_update()`,
    );
    try {
      expect((await trySignIn(user.email, PASSWORD)).status).toBe(200);
      expect(await hashOf(user.id)).toBe(oldHash);
    } finally {
      await queryRows(app.databaseUrl, "drop function reject_update cascade");
    }
    const logLines = app.log.filter((line) => line.includes("password rehash failed")).join("\n");
    expect(logLines).toContain(user.id);
    for (const secret of [PASSWORD, oldHash, user.email]) expect(logLines).not.toContain(secret);
  });
});

it("a session that a sign-in with the old password opens while the password changes ends with the change", async () => {
  const user = await createUser(app);
  // The change has verified the old password, and has locked no row.
  const change = await holdPasswordChange(app, user);
  const insertion = await holdWrites(app.databaseUrl, "session", `new.user_id = '${user.id}'`);
  const attempt = trySignIn(user.email, PASSWORD);
  try {
    await insertion.untilHeld();
    await change.release();
    await insertion.untilRowAwaited();
  } finally {
    await change.release();
    await insertion.release();
  }
  const signedIn = await attempt;
  expect([(await change.response).status, signedIn.status]).toEqual([200, 200]);
  const headers = { Authorization: `Bearer ${signedIn.body.token}` };
  expectError(await request(app.url, "GET", "/api/tasks", { headers }), 401, "AUTH_INVALID");
});

it("a sign-in that verified the old password before a password change is stored opens no session", async () => {
  const user = await createUser(app);
  const stored = await holdWrites(app.databaseUrl, "account", `new.user_id = '${user.id}'`);
  const changing = changePassword(user);
  let attempt: ReturnType<typeof trySignIn> | undefined;
  try {
    await stored.untilHeld();
    attempt = trySignIn(user.email, PASSWORD);
    // A sign-in locks the account after it has verified the password.
    await stored.untilRowAwaited();
  } finally {
    await stored.release();
  }
  expect((await changing).status).toBe(200);
  expectError(await attempt, 401, "INVALID_CREDENTIALS");
  const sessions = await queryRows(app.databaseUrl, "select id from session where user_id = $1", [user.id]);
  expect(sessions).toEqual([{ id: claimsOf(user.token).sid }]);
});

it("of two concurrent password changes one succeeds, and its password becomes valid", async () => {
  const user = await createUser(app, { passwordHash: PASSWORD_HASH });
  const other = await signIn(app.url, user.email);
  const passwords = ["the first of two changes", "the second of two changes"] as const;
  const responses = await Promise.all([
    user.api("PUT", "/api/auth/profile", { password: passwords[0], current_password: PASSWORD }),
    other.api("PUT", "/api/auth/profile", { password: passwords[1], current_password: PASSWORD }),
  ]);
  expect(responses.map((response) => response.status).sort()).toEqual([200, 401]);
  const winner = responses.findIndex((response) => response.status === 200);
  expect((await trySignIn(user.email, passwords[winner] ?? "")).status).toBe(200);
  expectError(await trySignIn(user.email, passwords[1 - winner] ?? ""), 401, "INVALID_CREDENTIALS");
});

it.each(EMAIL_PROOFS)(
  "a password change ends a change of the email that is in progress, by %s",
  async (proof) => {
    const owner = await changePasswordDuringEmailChange(app, proof);
    expect((await owner.api("GET", "/api/auth/profile")).body.user.email).toBe(owner.email);
  },
);

describe("passwords", () => {
  const LONG = "0123456789".repeat(12);
  it.each([
    ["of one byte each", `${LONG}abcdefgh`, `${LONG}abcdefgX`],
    ["of four bytes each", `${"🌙".repeat(127)}a`, `${"🌙".repeat(127)}b`],
  ])(
    "of 128 characters %s differ in every character, beyond the 72 bytes that bcrypt reads",
    async (_, password, similar) => {
      const { email } = await signUp(app.url, { password });
      expectError(await trySignIn(email, similar), 401, "INVALID_CREDENTIALS");
      expect((await trySignIn(email, password)).status).toBe(200);
    },
  );

  it("may contain any characters and are neither trimmed nor truncated", async () => {
    const password = "  Καλημέρα\t\u00a0😀  ";
    const { email } = await signUp(app.url, { password });
    expectError(await trySignIn(email, password.trim()), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(email, password)).status).toBe(200);
  });
});
