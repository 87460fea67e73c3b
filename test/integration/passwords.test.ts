import { setTimeout as sleep } from "node:timers/promises";
import bcrypt from "bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { cookieOf, createUser, PASSWORD, request, signIn, signUp } from "../support/users.ts";

let tock: AppServer;
beforeAll(async () => {
  tock = await startApp();
});
afterAll(() => tock?.stop());

const NEXT = "ein Kahn auf dem Fluß 🛶";
const trySignIn = (email: string, password: string) =>
  request(tock.url, "POST", "/api/auth/signin", { body: { email, password } });

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("a password change %s", (_, via) => {
  it("needs the current password; it ends every other session, keeps this one, and only the new password opens", async () => {
    const here = await createUser(tock);
    const elsewhere = await signIn(tock.url, here.email);
    const wrong = { password: NEXT, current_password: "not the current one" };
    expectError(await here[via]("PUT", "/api/auth/profile", wrong), 401, "INVALID_CREDENTIALS");
    expect((await elsewhere.api("GET", "/api/tasks")).status).toBe(200);

    const answer = await here[via]("PUT", "/api/auth/profile", {
      password: NEXT,
      current_password: PASSWORD,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual((await here.api("GET", "/api/auth/profile")).body);
    expect(Object.keys(answer.body)).toEqual(["user"]);
    expect((await here.viaCookie("GET", "/api/tasks")).status).toBe(200);
    expectError(await elsewhere.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await elsewhere.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await trySignIn(here.email, PASSWORD), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(here.email, NEXT)).status).toBe(200);
  });
});

it("a password change on the page also gives this session a new id and token; a copy of the old one is dead", async () => {
  const here = await createUser(tock);
  const elsewhere = await signIn(tock.url, here.email);
  const fields = { intent: "password", current_password: PASSWORD, password: NEXT };
  const answer = await request(tock.url, "POST", "/settings", {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      Cookie: here.cookie,
      "Sec-Fetch-Site": "same-origin",
    },
  });
  expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/settings"]);
  const page = await request(tock.url, "GET", "/settings", { headers: { Cookie: cookieOf(answer) } });
  expect(page.text).toContain("Password changed. Every other device has been signed out.");
  for (const old of [here, elsewhere]) {
    expectError(await old.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await old.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
  }
  const left = await queryRows(tock.databaseUrl, "select id from session where user_id = $1", [here.id]);
  expect(left).toHaveLength(1);
  expect(left[0].id).not.toBe(claimsOf(here.token).sid);
});

describe("a hash that was made at a lower cost", () => {
  const hashOf = async (id: string): Promise<string> =>
    (await queryRows(tock.databaseUrl, "select password_hash from account where user_id = $1", [id]))[0]
      .password_hash;
  async function withOldHash(password = PASSWORD) {
    const person = await createUser(tock);
    const old = await bcrypt.hash(password, 10);
    await queryRows(tock.databaseUrl, "update account set password_hash = $2 where user_id = $1", [
      person.id,
      old,
    ]);
    return { person, old };
  }

  it("is made anew when its password is given; sessions stay, and the password goes on working", async () => {
    const { person, old } = await withOldHash();
    expectError(await trySignIn(person.email, "a wrong one"), 401, "INVALID_CREDENTIALS");
    expect(await hashOf(person.id)).toBe(old);
    const answer = await trySignIn(person.email, PASSWORD);
    expect(answer.status).toBe(200);
    const renewed = await hashOf(person.id);
    expect(bcrypt.getRounds(renewed)).toBe(12);
    expect(await bcrypt.compare(PASSWORD, renewed)).toBe(true);
    expect((await person.api("GET", "/api/tasks")).status).toBe(200);
    expect((await trySignIn(person.email, PASSWORD)).status).toBe(200);
    expect(await hashOf(person.id)).toBe(renewed);
    const sessions = await queryRows(tock.databaseUrl, "select id from session where user_id = $1", [
      person.id,
    ]);
    expect(sessions).toHaveLength(3);
  });

  it("is made anew by one of several who sign in at once, and all of them get in", async () => {
    const { person } = await withOldHash();
    const answers = await Promise.all(Array.from({ length: 6 }, () => trySignIn(person.email, PASSWORD)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(bcrypt.getRounds(await hashOf(person.id))).toBe(12);
  });

  it("that cannot be stored leaves the sign-in as it is", async () => {
    const { person, old } = await withOldHash();
    await queryRows(
      tock.databaseUrl,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger refuse before update on account for each row
       when (old.password_hash is distinct from new.password_hash) execute function refuse()`,
    );
    try {
      expect((await trySignIn(person.email, PASSWORD)).status).toBe(200);
      expect(await hashOf(person.id)).toBe(old);
    } finally {
      await queryRows(tock.databaseUrl, "drop function refuse cascade");
    }
    const told = tock.log.filter((line) => line.includes("password rehash failed")).join("\n");
    expect(told).toContain(person.id);
    for (const secret of [PASSWORD, old, person.email]) expect(told).not.toContain(secret);
  });
});

it("a sign-in with the old password, under way while the password changes, opens nothing that lasts", async () => {
  const here = await createUser(tock);
  const changing = here.api("PUT", "/api/auth/profile", { password: NEXT, current_password: PASSWORD });
  // One every so often, so that some read the old hash before the change is stored and are checked after it.
  const attempts: ReturnType<typeof trySignIn>[] = [];
  for (let i = 0; i < 4; i += 1) {
    attempts.push(trySignIn(here.email, PASSWORD));
    await sleep(150);
  }
  expect((await changing).status).toBe(200);
  const opened = (await Promise.all(attempts)).filter((answer) => answer.status === 200);
  for (const { body } of opened) {
    const headers = { Authorization: `Bearer ${body.token}` };
    expectError(await request(tock.url, "GET", "/api/tasks", { headers }), 401, "AUTH_INVALID");
  }
});

it("two password changes at once, each with the old password: one wins, and its password is the one that opens", async () => {
  const here = await createUser(tock);
  const other = await signIn(tock.url, here.email);
  const passwords = ["the first of two changes", "the second of two changes"] as const;
  const answers = await Promise.all([
    here.api("PUT", "/api/auth/profile", { password: passwords[0], current_password: PASSWORD }),
    other.api("PUT", "/api/auth/profile", { password: passwords[1], current_password: PASSWORD }),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
  const won = answers.findIndex((answer) => answer.status === 200);
  expect((await trySignIn(here.email, passwords[won] ?? "")).status).toBe(200);
  expectError(await trySignIn(here.email, passwords[1 - won] ?? ""), 401, "INVALID_CREDENTIALS");
});

describe("passwords longer than bcrypt reads", () => {
  const LONG = "0123456789".repeat(12);
  it.each([
    ["of one byte a character", `${LONG}abcdefgh`, `${LONG}abcdefgX`],
    ["of four bytes a character", `${"🌙".repeat(127)}a`, `${"🌙".repeat(127)}b`],
  ])("are told apart by every character: 128 %s", async (_, password, almost) => {
    const { email } = await signUp(tock.url, { password });
    expectError(await trySignIn(email, almost), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(email, password)).status).toBe(200);
  });

  it("may be any characters: blanks at the ends count, nothing is cut or trimmed", async () => {
    const password = "  Καλημέρα\t\u00a0😀  ";
    const { email } = await signUp(tock.url, { password });
    expectError(await trySignIn(email, password.trim()), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(email, password)).status).toBe(200);
  });
});
