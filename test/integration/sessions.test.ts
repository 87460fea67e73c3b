import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, ISO_TIME, UUID } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import {
  CREDENTIALS,
  cookieOf,
  cookiesAfter,
  createUser,
  PASSWORD,
  request,
  signIn,
  type TestUser,
} from "../support/users.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: "1" });
  alice = await createUser(app);
});
afterAll(() => app?.stop());

const sessionIdOf = (user: TestUser): string => claimsOf(user.token).sid;
const listSessions = async (user: TestUser) => (await user.api("GET", "/api/auth/sessions")).body.sessions;
const listIds = async (user: TestUser) =>
  (await listSessions(user)).map(({ id }: { id: string }) => id).sort();
const isSignedIn = async (user: TestUser) => (await user.api("GET", "/api/auth/profile")).status === 200;
/** Moves the last use of the user's session into the past. @param interval such as "2 days" */
const setLastUse = (user: TestUser, interval: string) =>
  queryRows(app.databaseUrl, "update session set last_used_at = now() - $2::interval where id = $1", [
    sessionIdOf(user),
    interval,
  ]);
const clientHeaders = (address: string, userAgent: string) => ({
  "X-Forwarded-For": address,
  "User-Agent": userAgent,
});

async function signInFrom(address: string, userAgent: string): Promise<string> {
  const body = { email: alice.email, password: PASSWORD };
  const response = await request(app.url, "POST", "/api/auth/signin", {
    body,
    headers: clientHeaders(address, userAgent),
  });
  return response.body.token;
}

describe.each(CREDENTIALS)("/api/auth/sessions %s", (_, via) => {
  it("lists the current session first, then the last used, with device and address and without a token", async () => {
    const user = await createUser(app);
    const [phone, desk] = [await signIn(app.url, user.email), await signIn(app.url, user.email)];
    await setLastUse(phone, "2 days");
    await setLastUse(user, "3 days");
    const response = await user[via]("GET", "/api/auth/sessions");
    expect(response.status).toBe(200);
    expectApiHeaders(response);
    const session = (owner: TestUser, current: boolean) => ({
      id: sessionIdOf(owner),
      device: "node",
      address: "127.0.0.1",
      created_at: expect.stringMatching(ISO_TIME),
      last_used_at: expect.stringMatching(ISO_TIME),
      expires_at: expect.stringMatching(ISO_TIME),
      current,
    });
    expect(response.body).toStrictEqual({
      sessions: [session(user, true), session(desk, false), session(phone, false)],
    });
    const tokens = await queryRows(app.databaseUrl, "select token from session where user_id = $1", [
      user.id,
    ]);
    for (const { token } of tokens) expect(response.text).not.toContain(token);
  });

  it("ends one session on DELETE with its id, and only its token is rejected", async () => {
    const user = await createUser(app);
    const [ended, kept] = [await signIn(app.url, user.email), await signIn(app.url, user.email)];
    const response = await user[via]("DELETE", `/api/auth/sessions/${sessionIdOf(ended).toUpperCase()}`);
    expectNoContent(response);
    expect(response.headers.getSetCookie()).toEqual([]);
    expectError(await ended.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await ended.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expect(await listIds(user)).toEqual([sessionIdOf(user), sessionIdOf(kept)].sort());
    expectError(await user[via]("DELETE", `/api/auth/sessions/${sessionIdOf(ended)}`), 404, "NOT_FOUND");
  });

  it("ends all other sessions on DELETE without an id", async () => {
    const user = await createUser(app);
    const others = [await signIn(app.url, user.email), await signIn(app.url, user.email)];
    expectNoContent(await user[via]("DELETE", "/api/auth/sessions"));
    expect(await listIds(user)).toEqual([sessionIdOf(user)]);
    for (const other of others) expectError(await other.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectNoContent(await user[via]("DELETE", "/api/auth/sessions"));
    expect(await isSignedIn(user)).toBe(true);
    expect(await isSignedIn(alice)).toBe(true);
  });

  it("removes the cookie when the current session is ended", async () => {
    const current = await signIn(app.url, alice.email);
    const response = await current[via]("DELETE", `/api/auth/sessions/${sessionIdOf(current)}`);
    expectNoContent(response);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    expectError(await current[via]("GET", "/api/auth/sessions"), 401, "AUTH_INVALID");
  });

  it("returns 404 for the session of another user, an unknown id and an invalid id, without a change", async () => {
    const bob = await createUser(app);
    const before = await queryRows(app.databaseUrl, "select * from session order by id");
    const responses = [];
    for (const id of [sessionIdOf(alice), randomUUID()])
      responses.push(await bob[via]("DELETE", `/api/auth/sessions/${id}`));
    for (const response of responses) expectError(response, 404, "NOT_FOUND");
    expect(responses[0]?.text).toBe(responses[1]?.text);
    for (const id of [
      "1",
      "current",
      "%00",
      `${sessionIdOf(bob)}x`,
      `${sessionIdOf(bob)},${sessionIdOf(alice)}`,
      "a".repeat(500),
    ])
      expectError(await bob[via]("DELETE", `/api/auth/sessions/${id}`), 404, "NOT_FOUND");
    for (const method of ["POST", "PUT", "PATCH"])
      expectError(await bob[via](method, "/api/auth/sessions"), 405, "METHOD_NOT_ALLOWED");
    const response = await bob[via]("GET", `/api/auth/sessions/${sessionIdOf(bob)}`);
    expectError(response, 405, "METHOD_NOT_ALLOWED");
    expect(response.headers.get("Allow")).toBe("DELETE");
    expect(await queryRows(app.databaseUrl, "select * from session order by id")).toEqual(before);
  });
});

it("GET /api/auth/sessions does not list expired sessions", async () => {
  const user = await createUser(app);
  const expired = await signIn(app.url, user.email);
  await queryRows(app.databaseUrl, "update session set expires_at = now() where id = $1", [
    sessionIdOf(expired),
  ]);
  expect(await listIds(user)).toEqual([sessionIdOf(user)]);
});

describe("the last use of a session in the list", () => {
  const storedSession = async (id: string) =>
    (
      await queryRows(
        app.databaseUrl,
        "select xmin::text, ip_address, user_agent, now() - last_used_at < interval '1 minute' as fresh from session where id = $1",
        [id],
      )
    )[0];

  /** Waits for a write that a later request causes, because the app writes the last use after the response. */
  async function untilEarlierUsesWritten(): Promise<void> {
    const witness = await createUser(app);
    await setLastUse(witness, "6 minutes");
    expect((await witness.api("GET", "/api/tasks")).status).toBe(200);
    await expect.poll(async () => (await storedSession(sessionIdOf(witness))).fresh).toBe(true);
  }

  it("starts with the sign-in and is updated with the time, address and device of a later request", async () => {
    const token = await signInFrom("198.51.100.1", FIREFOX);
    const id = claimsOf(token).sid;
    const listed = async () =>
      (await listSessions(alice)).find((session: { id: string }) => session.id === id);
    expect(await listed()).toMatchObject({ device: "Firefox on Linux", address: "198.51.100.1" });

    const useSession = (headers: Record<string, string>) =>
      request(app.url, "GET", "/api/auth/profile", {
        headers: { Authorization: `Bearer ${token}`, ...headers },
      });
    await queryRows(
      app.databaseUrl,
      "update session set last_used_at = now() - interval '6 minutes' where id = $1",
      [id],
    );
    expect((await useSession(clientHeaders("::ffff:198.51.100.2", PHONE))).status).toBe(200);
    await expect.poll(listed).toMatchObject({ device: "Safari on iPhone", address: "198.51.100.2" });
    expect((await storedSession(id)).fresh).toBe(true);
  });

  it("is written at most once in five minutes", async () => {
    const user = await createUser(app);
    const id = sessionIdOf(user);
    await setLastUse(user, "4 minutes");
    const before = await storedSession(id);
    for (let n = 0; n < 5; n++) await user.api("GET", "/api/tasks");
    await untilEarlierUsesWritten();
    expect(await storedSession(id)).toEqual(before);

    await setLastUse(user, "6 minutes");
    await Promise.all(Array.from({ length: 20 }, () => user.api("GET", "/api/tasks")));
    await expect.poll(async () => (await storedSession(id)).fresh).toBe(true);
    const after = await storedSession(id);
    for (let n = 0; n < 5; n++) await user.viaCookie("GET", "/api/tasks");
    await untilEarlierUsesWritten();
    expect(await storedSession(id)).toEqual(after);
  });

  it("does not fail a request when it cannot be written", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      `create function reject_update() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger reject_update before update of last_used_at on session for each row execute function reject_update()`,
    );
    try {
      await queryRows(
        app.databaseUrl,
        `alter table session disable trigger reject_update; update session set last_used_at = now() - interval '1 hour' where id = '${sessionIdOf(user)}'; alter table session enable trigger reject_update`,
      );
      for (let n = 0; n < 3; n++) expect(await isSignedIn(user)).toBe(true);
      expect((await storedSession(sessionIdOf(user))).fresh).toBe(false);
    } finally {
      await queryRows(app.databaseUrl, "drop function reject_update cascade");
    }
    expect(app.process.exitCode).toBeNull();
  });
});

describe("the settings page", () => {
  const post = (cookie: string, fields: Record<string, string>) =>
    request(app.url, "POST", "/settings", {
      body: new URLSearchParams(fields).toString(),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Cookie: cookie,
        "Sec-Fetch-Site": "same-origin",
      },
    });
  const visit = (path: string, cookie: string) =>
    request(app.url, "GET", path, { headers: { Cookie: cookie } });

  it("ends one session and returns 404 for an unknown id or the session of another user", async () => {
    const user = await createUser(app);
    const other = await signIn(app.url, user.email);
    const page = await visit("/settings", user.cookie);
    expect(page.text).toContain("This device");
    expect(page.text).toContain(sessionIdOf(other));
    for (const id of [sessionIdOf(alice), randomUUID(), "x", ""])
      expect((await post(user.cookie, { intent: "end-session", id })).status).toBe(404);
    expect(await isSignedIn(alice)).toBe(true);

    const response = await post(user.cookie, { intent: "end-session", id: sessionIdOf(other) });
    expect([response.status, response.headers.get("Location")]).toEqual([302, "/settings"]);
    expect(await isSignedIn(other)).toBe(false);
    expect((await visit("/settings", cookiesAfter(response, user.cookie))).text).toContain(
      "That device is signed out.",
    );
  });

  it("signs the user out with a notice when the current session is ended", async () => {
    const user = await createUser(app);
    const response = await post(user.cookie, { intent: "end-session", id: sessionIdOf(user) });
    expect([response.status, response.headers.get("Location")]).toEqual([302, "/"]);
    const landing = await visit("/", cookiesAfter(response, user.cookie));
    expect(landing.text).toContain("You&#x27;re signed out.");
    expect(landing.text).toContain("Sign up");
    expect(await isSignedIn(user)).toBe(false);
  });

  it("requires the password for a new email, even in a recent session", async () => {
    const user = await createUser(app);
    const email = `${randomUUID()}@example.org`;
    const fields = { intent: "profile", name: "Grace", email };
    expect((await visit("/settings", user.cookie)).text).toContain('name="current_password"');
    const missing = await post(user.cookie, fields);
    expect(missing.status).toBe(422);
    expect(missing.text).toContain("Enter your current password to change your email.");
    expect(missing.text).toContain(`value="${email}"`);
    const wrong = await post(user.cookie, { ...fields, current_password: "a wrong one" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).not.toContain("a wrong one");
    expect((await post(user.cookie, { ...fields, current_password: PASSWORD })).status).toBe(302);
    expect((await user.api("GET", "/api/auth/profile")).body.user).toMatchObject({ name: "Grace", email });
    const sameEmail = { ...fields, name: "Ada", current_password: "" };
    expect((await post(user.cookie, sameEmail)).status).toBe(302);
  });

  it("ends all other sessions", async () => {
    const user = await createUser(app);
    const other = await signIn(app.url, user.email);
    expect((await post(user.cookie, { intent: "end-others" })).status).toBe(302);
    expect([await isSignedIn(user), await isSignedIn(other)]).toEqual([true, false]);
  });

  it("shows twenty sessions and the number of the others", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      "insert into session (user_id, token, expires_at) select $1, gen_random_uuid(), now() + interval '1 day' from generate_series(1, 30)",
      [user.id],
    );
    const page = await visit("/settings", user.cookie);
    expect(page.text.match(/Sign out<span/g)).toHaveLength(19);
    expect(page.text.replaceAll("<!-- -->", "")).toContain("And 11 more");
    expect(page.text).toContain("An unknown device");
  });
});

describe("POST /api/auth/signin", () => {
  it("opens a new session and ends the session of the cookie in the request", async () => {
    const user = await createUser(app);
    const otherSession = await signIn(app.url, user.email);
    const response = await request(app.url, "POST", "/api/auth/signin", {
      body: { email: user.email, password: PASSWORD },
      headers: { Cookie: user.cookie, "Sec-Fetch-Site": "same-origin" },
    });
    expect(response.status).toBe(200);
    expect(claimsOf(response.body.token).sid).not.toBe(sessionIdOf(user));
    expect(cookieOf(response)).not.toBe(user.cookie);
    expect([await isSignedIn(user), await isSignedIn(otherSession)]).toEqual([false, true]);
  });

  it("and sign-up succeed when the session of the cookie cannot be ended, which is logged", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      `create function reject_delete() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger reject_delete before delete on session for each row
       when (old.id = '${sessionIdOf(user)}') execute function reject_delete()`,
    );
    try {
      const headers = { Cookie: user.cookie, "Sec-Fetch-Site": "same-origin" };
      const email = `${randomUUID()}@example.org`;
      const signUp = { email, name: "Eve", password: PASSWORD };
      expect((await request(app.url, "POST", "/api/auth/signup", { body: signUp, headers })).status).toBe(
        201,
      );
      const body = { email, password: PASSWORD };
      expect((await request(app.url, "POST", "/api/auth/signin", { body, headers })).status).toBe(200);
    } finally {
      await queryRows(app.databaseUrl, "drop function reject_delete cascade");
    }
    const lines = app.log.filter((line) => line.includes("replaced session was not ended"));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: "warn", user: user.id });
  });

  it("ends no session when it fails, and ignores an invalid cookie", async () => {
    const user = await createUser(app);
    const signInWithCookie = (password: string, cookie: string) =>
      request(app.url, "POST", "/api/auth/signin", {
        body: { email: user.email, password },
        headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" },
      });
    expectError(await signInWithCookie("a wrong password", user.cookie), 401, "INVALID_CREDENTIALS");
    expect((await signInWithCookie(PASSWORD, `${user.cookie.slice(0, -4)}AAAA`)).status).toBe(200);
    expect(await isSignedIn(user)).toBe(true);
  });

  it("ends the least recently used sessions beyond a hundred", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      `insert into session (user_id, token, expires_at, last_used_at)
       select $1, gen_random_uuid(), now() + interval '1 day', now() - n * interval '1 minute' from generate_series(1, 150) n`,
      [user.id],
    );
    const newSession = await signIn(app.url, user.email);
    expect(await listSessions(newSession)).toHaveLength(100);
    expect([await isSignedIn(user), await isSignedIn(newSession)]).toEqual([true, true]);
    const [oldest] = await queryRows(
      app.databaseUrl,
      "select now() - min(last_used_at) < interval '100 minutes' as recent from session where user_id = $1",
      [user.id],
    );
    expect(oldest.recent).toBe(true);
  });
});

it("an Authorization header with Basic credentials neither authenticates nor replaces the session cookie", async () => {
  const Authorization = `Basic ${btoa("alice:secret")}`;
  const credentials = { Authorization, Cookie: alice.cookie };
  const getProfile = (headers: Record<string, string>) =>
    request(app.url, "GET", "/api/auth/profile", { headers });
  expect((await getProfile(credentials)).status).toBe(200);
  expectError(await getProfile({ Authorization }), 401, "UNAUTHORIZED");
  expectError(await getProfile({ ...credentials, Authorization: "Bearer nonsense" }), 401, "UNAUTHORIZED");
  const changeName = (site: string) =>
    request(app.url, "PUT", "/api/auth/profile", {
      body: { name: "Ada" },
      headers: { ...credentials, "Sec-Fetch-Site": site },
    });
  expectError(await changeName("cross-site"), 403, "FORBIDDEN");
  expect((await changeName("same-origin")).status).toBe(200);
});

it("a session id is a random UUID and is not accepted as a token", async () => {
  expect(sessionIdOf(alice)).toMatch(UUID);
  expectError(
    await request(app.url, "GET", "/api/tasks", {
      headers: { Authorization: `Bearer ${sessionIdOf(alice)}` },
    }),
    401,
    "UNAUTHORIZED",
  );
});
