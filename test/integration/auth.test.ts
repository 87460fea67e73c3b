import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, USER_SHAPE } from "../support/assertions.ts";
import { forgeToken } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import {
  cookieOf,
  PASSWORD,
  request,
  signIn,
  signUp,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

let tock: AppServer;
/** Used by tests that change nothing of hers. */
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await signUp(tock.url, { name: "Ann" });
});
afterAll(() => tock?.stop());

const post = (path: string, body: unknown) => request(tock.url, "POST", path, { body });
const newEmail = () => `${randomUUID()}@example.org`;
const CREDENTIALS = [
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const;

describe("sign-up", () => {
  it("opens an account and a first session, and answers with exactly the user and a token", async () => {
    const email = newEmail();
    const body = { email: `  ${email.toUpperCase()} `, name: "  Ånn O’Neil ", password: PASSWORD };
    const answer = await post("/api/auth/signup", body);
    expect(answer.status).toBe(201);
    expectApiHeaders(answer);
    expect(answer.body).toStrictEqual({
      user: { ...USER_SHAPE, email, name: "Ånn O’Neil" },
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const { user, token } = answer.body;
    const byToken = await request(tock.url, "GET", "/api/auth/profile", {
      headers: { Authorization: `Bearer ${token}` },
    });
    const byCookie = await request(tock.url, "GET", "/api/auth/profile", {
      headers: { Cookie: cookieOf(answer) },
    });
    expect(byToken.body).toStrictEqual({ user });
    expect(byCookie.body).toStrictEqual({ user });
  });

  it("keeps the password as bcrypt of cost 12 or more, and nowhere else", async () => {
    const accounts = await queryRows(tock.databaseUrl, `select * from account where user_id = $1`, [ann.id]);
    expect(accounts).toHaveLength(1);
    expect(accounts[0].password_hash).toMatch(/^\$2b\$(1[2-9]|[23]\d)\$.{53}$/);
    const [all] = await queryRows(
      tock.databaseUrl,
      `select (select json_agg(u) from "user" u)::text || (select json_agg(a) from account a)::text ||
              (select json_agg(s) from session s)::text as text`,
    );
    expect(all.text).not.toContain(PASSWORD);
    expect(tock.log.join("\n")).not.toContain(PASSWORD);
  });

  test("test_register_duplicate_email", async () => {
    for (const email of [ann.email, ` ${ann.email.toUpperCase()}`]) {
      const answer = await post("/api/auth/signup", { email, name: "Another", password: PASSWORD });
      expectError(answer, 400, "EMAIL_EXISTS");
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    const [counted] = await queryRows(tock.databaseUrl, `select count(*)::int from "user" where email = $1`, [
      ann.email,
    ]);
    expect(counted.count).toBe(1);
  });

  it("of one address twice at once makes one account", async () => {
    const body = { email: newEmail(), name: "Twin", password: PASSWORD };
    const answers = await Promise.all([post("/api/auth/signup", body), post("/api/auth/signup", body)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 400]);
    expectError(answers.find((answer) => answer.status === 400) as TestResponse, 400, "EMAIL_EXISTS");
    const sql = `select (select count(*) from "user" where email = $1)::int as users,
      (select count(*) from account a join "user" u on u.id = a.user_id where email = $1)::int as accounts,
      (select count(*) from session s join "user" u on u.id = s.user_id where email = $1)::int as sessions`;
    expect(await queryRows(tock.databaseUrl, sql, [body.email])).toEqual([
      { users: 1, accounts: 1, sessions: 1 },
    ]);
  });
});

describe("sign-in", () => {
  test("test_login_valid_credentials", async () => {
    const answer = await post("/api/auth/signin", {
      email: ` ${ann.email.toUpperCase()} `,
      password: PASSWORD,
    });
    expect(answer.status).toBe(200);
    expectApiHeaders(answer);
    expect(answer.body).toStrictEqual({
      user: { ...USER_SHAPE, id: ann.id, email: ann.email, name: "Ann" },
      token: expect.any(String),
    });
    const profile = await request(tock.url, "GET", "/api/auth/profile", {
      headers: { Authorization: `Bearer ${answer.body.token}` },
    });
    expect(profile.status).toBe(200);
    expect(cookieOf(answer)).toMatch(/^tock=./);
  });

  test("test_login_wrong_password", async () => {
    const answer = await post("/api/auth/signin", { email: ann.email, password: `${PASSWORD} ` });
    expectError(answer, 401, "INVALID_CREDENTIALS");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("says the same of an unknown address as of a wrong password", async () => {
    const wrong = await post("/api/auth/signin", { email: ann.email, password: "not her password" });
    const unknown = await post("/api/auth/signin", { email: newEmail(), password: "not her password" });
    expect(unknown.status).toBe(401);
    expect(unknown.status).toBe(wrong.status);
    expect(unknown.text).toBe(wrong.text);
    expect([...unknown.headers.keys()]).toEqual([...wrong.headers.keys()]);
    expect(unknown.headers.get("Content-Length")).toBe(wrong.headers.get("Content-Length"));
  });
});

const PROTECTED = [
  ["POST", "/api/auth/signout", undefined],
  ["GET", "/api/auth/profile", undefined],
  ["PUT", "/api/auth/profile", { name: "X" }],
  ["GET", "/api/auth/sessions", undefined],
  ["DELETE", "/api/auth/sessions", undefined],
  ["DELETE", "/api/auth/sessions/00000000-0000-4000-8000-000000000000", undefined],
  ["GET", "/api/auth/export", undefined],
  ["DELETE", "/api/auth/account", { password: PASSWORD }],
  ["GET", "/api/tasks", undefined],
  ["POST", "/api/tasks", { title: "x" }],
  ["GET", "/api/tasks/1", undefined],
  ["PUT", "/api/tasks/1", { title: "x" }],
  ["DELETE", "/api/tasks/1", undefined],
  ["PATCH", "/api/tasks/1/complete", undefined],
] as const;

describe("without a valid JWT", () => {
  test("test_unauthorized_access", async () => {
    const strange = forgeToken({}, { secret: "some other secret 0123456789 abcdefgh" });
    for (const [method, path, body] of PROTECTED) {
      for (const headers of [
        {},
        { Authorization: "Bearer" },
        { Authorization: "Bearer not.a.jwt" },
        { Authorization: `Bearer ${strange}` },
        { Authorization: `Basic ${btoa("ann:secret")}` },
        { Cookie: "tock=nonsense", "Sec-Fetch-Site": "same-origin" },
      ]) {
        expectError(
          await request(tock.url, method, path, { body, headers: { ...headers } }),
          401,
          "UNAUTHORIZED",
        );
      }
    }
  });

  it("nobody learns what a valid body would be: the token is asked for first", async () => {
    expectError(await post("/api/tasks", { nonsense: true }), 401, "UNAUTHORIZED");
    expectError(await request(tock.url, "GET", "/api/tasks?limit=0"), 401, "UNAUTHORIZED");
  });
});

describe.each(CREDENTIALS)("sign-out %s", (_, via) => {
  it("a signed-out token is dead everywhere, at once, and no other one is", async () => {
    const here = await signIn(tock.url, ann.email);
    const answer = await here[via]("POST", "/api/auth/signout");
    expectNoContent(answer);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    for (const [method, path, body] of PROTECTED) {
      expectError(await here.api(method, path, body), 401, "AUTH_INVALID");
      expectError(await here.viaCookie(method, path, body), 401, "AUTH_INVALID");
    }
    const page = await request(tock.url, "GET", "/dashboard", { headers: { Cookie: here.cookie } });
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/signin?redirectTo=%2Fdashboard"]);
    expect((await ann.api("GET", "/api/auth/profile")).status).toBe(200);
  });
});

describe.each(CREDENTIALS)("profile %s", (_, via) => {
  it("shows the user, and nothing else", async () => {
    const answer = await ann[via]("GET", "/api/auth/profile");
    expect(answer.status).toBe(200);
    expectApiHeaders(answer);
    expect(answer.body).toStrictEqual({ user: { ...USER_SHAPE, id: ann.id, email: ann.email, name: "Ann" } });
  });

  it("changes name, address or both; the sign-in follows the address", async () => {
    const person = await signUp(tock.url);
    const before = (await person.api("GET", "/api/auth/profile")).body.user;
    const renamed = await person[via]("PUT", "/api/auth/profile", { name: " Grace " });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toStrictEqual({
      user: { ...before, name: "Grace", updated_at: expect.any(String) },
    });
    expect(renamed.body.user.updated_at > before.updated_at).toBe(true);

    const email = newEmail();
    const moved = await person[via]("PUT", "/api/auth/profile", { email: ` ${email.toUpperCase()}` });
    expect(moved.body.user).toMatchObject({ name: "Grace", email });
    const both = await person[via]("PUT", "/api/auth/profile", { name: "Ada", email });
    expect(both.body.user).toMatchObject({ name: "Ada", email });
    expect((await person[via]("GET", "/api/auth/profile")).body).toStrictEqual(both.body);

    expectError(
      await post("/api/auth/signin", { email: person.email, password: PASSWORD }),
      401,
      "INVALID_CREDENTIALS",
    );
    expect((await post("/api/auth/signin", { email, password: PASSWORD })).status).toBe(200);
  });

  it("refuses an address that is somebody's, and changes nothing", async () => {
    const person = await signUp(tock.url);
    const changes = { name: "Changed", email: ann.email.toUpperCase() };
    expectError(await person[via]("PUT", "/api/auth/profile", changes), 400, "EMAIL_EXISTS");
    expect((await person.api("GET", "/api/auth/profile")).body.user).toMatchObject({
      name: "Ada",
      email: person.email,
    });
  });
});

it("two people who take one address at once: one gets it", async () => {
  const people = [await signUp(tock.url), await signUp(tock.url)];
  const email = newEmail();
  const answers = await Promise.all(
    people.map((person) => person.api("PUT", "/api/auth/profile", { email })),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
  expectError(answers.find((answer) => answer.status === 400) as TestResponse, 400, "EMAIL_EXISTS");
});
