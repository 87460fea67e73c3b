import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, USER_SHAPE } from "../support/assertions.ts";
import { builtRoutes } from "../support/built-routes.ts";
import { forgeToken } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import {
  CREDENTIALS,
  cookieOf,
  PASSWORD,
  request,
  signIn,
  signUp,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

let app: AppServer;
/** For tests that do not change the user. */
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await signUp(app.url, { name: "Alice" });
});
afterAll(() => app?.stop());

const post = (path: string, body: unknown) => request(app.url, "POST", path, { body });
const newEmail = () => `${randomUUID()}@example.org`;

describe("POST /api/auth/signup", () => {
  it("creates a user and a session and returns exactly the user and a token", async () => {
    const email = newEmail();
    const body = { email: `  ${email.toUpperCase()} `, name: "  Ånn O’Neil ", password: PASSWORD };
    const response = await post("/api/auth/signup", body);
    expect(response.status).toBe(201);
    expectApiHeaders(response);
    expect(response.body).toStrictEqual({
      user: { ...USER_SHAPE, email, name: "Ånn O’Neil" },
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const { user, token } = response.body;
    const byToken = await request(app.url, "GET", "/api/auth/profile", {
      headers: { Authorization: `Bearer ${token}` },
    });
    const byCookie = await request(app.url, "GET", "/api/auth/profile", {
      headers: { Cookie: cookieOf(response) },
    });
    expect(byToken.body).toStrictEqual({ user });
    expect(byCookie.body).toStrictEqual({ user });
  });

  it("stores the password only as a bcrypt hash of cost 12 or more", async () => {
    const accounts = await queryRows(app.databaseUrl, `select * from account where user_id = $1`, [alice.id]);
    expect(accounts).toHaveLength(1);
    expect(accounts[0].password_hash).toMatch(/^\$2b\$(1[2-9]|[23]\d)\$.{53}$/);
    const [stored] = await queryRows(
      app.databaseUrl,
      `select (select json_agg(u) from "user" u)::text || (select json_agg(a) from account a)::text ||
              (select json_agg(s) from session s)::text as text`,
    );
    expect(stored.text).not.toContain(PASSWORD);
    expect(app.log.join("\n")).not.toContain(PASSWORD);
  });

  test("test_register_duplicate_email: rejects a registered email in any case", async () => {
    for (const email of [alice.email, ` ${alice.email.toUpperCase()}`]) {
      const response = await post("/api/auth/signup", { email, name: "Another", password: PASSWORD });
      expectError(response, 400, "EMAIL_EXISTS");
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const [row] = await queryRows(app.databaseUrl, `select count(*)::int from "user" where email = $1`, [
      alice.email,
    ]);
    expect(row.count).toBe(1);
  });

  it("creates one account for two concurrent requests with the same email", async () => {
    const body = { email: newEmail(), name: "Grace", password: PASSWORD };
    const responses = await Promise.all([post("/api/auth/signup", body), post("/api/auth/signup", body)]);
    expect(responses.map((response) => response.status).sort()).toEqual([201, 400]);
    expectError(responses.find((response) => response.status === 400) as TestResponse, 400, "EMAIL_EXISTS");
    const sql = `select (select count(*) from "user" where email = $1)::int as users,
      (select count(*) from account a join "user" u on u.id = a.user_id where email = $1)::int as accounts,
      (select count(*) from session s join "user" u on u.id = s.user_id where email = $1)::int as sessions`;
    expect(await queryRows(app.databaseUrl, sql, [body.email])).toEqual([
      { users: 1, accounts: 1, sessions: 1 },
    ]);
  });
});

describe("POST /api/auth/signin", () => {
  test("test_login_valid_credentials: returns the user, a token and a cookie", async () => {
    const response = await post("/api/auth/signin", {
      email: ` ${alice.email.toUpperCase()} `,
      password: PASSWORD,
    });
    expect(response.status).toBe(200);
    expectApiHeaders(response);
    expect(response.body).toStrictEqual({
      user: { ...USER_SHAPE, id: alice.id, email: alice.email, name: "Alice" },
      token: expect.any(String),
    });
    const profile = await request(app.url, "GET", "/api/auth/profile", {
      headers: { Authorization: `Bearer ${response.body.token}` },
    });
    expect(profile.status).toBe(200);
    expect(cookieOf(response)).toMatch(/^tock=./);
  });

  test("test_login_wrong_password: rejects the password without a cookie", async () => {
    const response = await post("/api/auth/signin", { email: alice.email, password: `${PASSWORD} ` });
    expectError(response, 401, "INVALID_CREDENTIALS");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("returns the same response for an unknown email and a wrong password", async () => {
    const wrong = await post("/api/auth/signin", { email: alice.email, password: "a wrong password" });
    const unknown = await post("/api/auth/signin", { email: newEmail(), password: "a wrong password" });
    expect(unknown.status).toBe(401);
    expect(unknown.status).toBe(wrong.status);
    expect(unknown.text).toBe(wrong.text);
    expect([...unknown.headers.keys()]).toEqual([...wrong.headers.keys()]);
    expect(unknown.headers.get("Content-Length")).toBe(wrong.headers.get("Content-Length"));
  });
});

/** Every method of every API route but the public ones, as [method, path], from the manifest and `Allow`. */
async function protectedEndpoints(): Promise<[string, string][]> {
  const paths = (await builtRoutes(app.url))
    .map(({ path }) => path)
    .filter(
      (path) =>
        /^\/api\//.test(path) && !/\*|\/auth\/(sign(up|in)$|password-reset\b)|openapi\.json$/.test(path),
    );
  const endpoints = await Promise.all(
    paths.map(async (pattern) => {
      const path = pattern.replace(":id", "1");
      const { headers } = await request(app.url, "OPTIONS", path);
      const methods = headers.get("Allow")?.split(", ") ?? [];
      // A response to HEAD has no body to check.
      return methods.filter((method) => method !== "HEAD").map((method): [string, string] => [method, path]);
    }),
  );
  expect(endpoints.filter((methods) => methods.length === 0)).toEqual([]);
  return endpoints.flat();
}

describe("an API request without a valid JWT", () => {
  test("test_unauthorized_access: is rejected by every protected endpoint", async () => {
    const endpoints = await protectedEndpoints();
    expect(endpoints).toEqual(expect.arrayContaining([["PATCH", "/api/tasks/1/complete"]]));
    const forgedToken = forgeToken({}, { secret: "some other secret 0123456789 abcdefgh" });
    for (const [method, path] of endpoints) {
      for (const headers of [
        {},
        { Authorization: "Bearer" },
        { Authorization: "Bearer not.a.jwt" },
        { Authorization: `Bearer ${forgedToken}` },
        { Authorization: `Basic ${btoa("alice:secret")}` },
        { Cookie: "tock=nonsense", "Sec-Fetch-Site": "same-origin" },
      ]) {
        expectError(await request(app.url, method, path, { headers: { ...headers } }), 401, "UNAUTHORIZED");
      }
    }
  });

  it("is rejected before its input is validated", async () => {
    expectError(await post("/api/tasks", { nonsense: true }), 401, "UNAUTHORIZED");
    expectError(await request(app.url, "GET", "/api/tasks?limit=0"), 401, "UNAUTHORIZED");
  });
});

describe.each(CREDENTIALS)("POST /api/auth/signout %s", (_, via) => {
  it("ends only its own session, whose token every endpoint then rejects", async () => {
    const session = await signIn(app.url, alice.email);
    const response = await session[via]("POST", "/api/auth/signout");
    expectNoContent(response);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    for (const [method, path] of await protectedEndpoints()) {
      expectError(await session.api(method, path), 401, "AUTH_INVALID");
      expectError(await session.viaCookie(method, path), 401, "AUTH_INVALID");
    }
    const page = await request(app.url, "GET", "/dashboard", { headers: { Cookie: session.cookie } });
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/signin?redirectTo=%2Fdashboard"]);
    expect((await alice.api("GET", "/api/auth/profile")).status).toBe(200);
  });
});

describe.each(CREDENTIALS)("/api/auth/profile %s", (_, via) => {
  it("returns exactly the user on GET", async () => {
    const response = await alice[via]("GET", "/api/auth/profile");
    expect(response.status).toBe(200);
    expectApiHeaders(response);
    expect(response.body).toStrictEqual({
      user: { ...USER_SHAPE, id: alice.id, email: alice.email, name: "Alice" },
    });
  });

  it("changes the name, the email or both on PUT, and the new email signs in", async () => {
    const user = await signUp(app.url);
    const before = (await user.api("GET", "/api/auth/profile")).body.user;
    const renamed = await user[via]("PUT", "/api/auth/profile", { name: " Grace " });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toStrictEqual({
      user: { ...before, name: "Grace", updated_at: expect.any(String) },
    });
    expect(renamed.body.user.updated_at > before.updated_at).toBe(true);

    const email = newEmail();
    const moved = await user[via]("PUT", "/api/auth/profile", { email: ` ${email.toUpperCase()}` });
    expect(moved.body.user).toMatchObject({ name: "Grace", email });
    const both = await user[via]("PUT", "/api/auth/profile", { name: "Ada", email });
    expect(both.body.user).toMatchObject({ name: "Ada", email });
    expect((await user[via]("GET", "/api/auth/profile")).body).toStrictEqual(both.body);

    expectError(
      await post("/api/auth/signin", { email: user.email, password: PASSWORD }),
      401,
      "INVALID_CREDENTIALS",
    );
    expect((await post("/api/auth/signin", { email, password: PASSWORD })).status).toBe(200);
  });

  it("requires the current password for a new email when the session is older than 15 minutes", async () => {
    const user = await signUp(app.url);
    const [email, other] = [newEmail(), newEmail()];
    await queryRows(
      app.databaseUrl,
      "update session set created_at = now() - interval '16 minutes' where user_id = $1",
      [user.id],
    );
    const change = (body: object) => user[via]("PUT", "/api/auth/profile", body);
    const missing = await change({ email });
    expectError(missing, 422, "VALIDATION_ERROR", ["current_password"]);
    expectError(await change({ email, current_password: "" }), 422, "VALIDATION_ERROR", ["current_password"]);
    expectError(await change({ email, current_password: "a wrong one" }), 401, "INVALID_CREDENTIALS", [
      "current_password",
    ]);
    expect((await user.api("GET", "/api/auth/profile")).body.user.email).toBe(user.email);
    // The name, and the email that the account has, need no password.
    expect((await change({ name: "Grace", email: user.email })).status).toBe(200);
    expect((await change({ email, current_password: PASSWORD })).body.user).toMatchObject({ email });
    await queryRows(app.databaseUrl, "update session set created_at = now() where user_id = $1", [user.id]);
    expect((await change({ email: other })).body.user).toMatchObject({ email: other });
    expectError(await change({ email, current_password: "a wrong one" }), 401, "INVALID_CREDENTIALS");
  });

  it("rejects the email of another user without any change", async () => {
    const user = await signUp(app.url);
    const changes = { name: "Changed", email: alice.email.toUpperCase() };
    expectError(await user[via]("PUT", "/api/auth/profile", changes), 400, "EMAIL_EXISTS");
    expect((await user.api("GET", "/api/auth/profile")).body.user).toMatchObject({
      name: "Ada",
      email: user.email,
    });
  });
});

it("two concurrent profile changes to the same email give it to one user", async () => {
  const users = [await signUp(app.url), await signUp(app.url)];
  const email = newEmail();
  const responses = await Promise.all(users.map((user) => user.api("PUT", "/api/auth/profile", { email })));
  expect(responses.map((response) => response.status).sort()).toEqual([200, 400]);
  expectError(responses.find((response) => response.status === 400) as TestResponse, 400, "EMAIL_EXISTS");
});

it("without a mail server, a forgotten password needs the operator", async () => {
  const page = await request(app.url, "GET", "/forgot-password");
  expect(page.text).toContain("Ask the person who runs it");
  expect(page.text).not.toContain('name="email"');
  const response = await post("/api/auth/password-reset", { email: alice.email });
  expectError(response, 400, "BAD_REQUEST");
  expect(response.body.error.message).toContain("Ask the person who runs it");
});
