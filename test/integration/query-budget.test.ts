import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertToken, type TestToken } from "../support/access-tokens.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { holdRow } from "../support/held-row.ts";
import { type QueryCounter, startQueryCounter } from "../support/query-counter.ts";
import { routePaths } from "../support/route-paths.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, insertSession, PASSWORD, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let counter: QueryCounter;
let app: AppServer;
/** With limits that a test reaches. */
let limited: AppServer;
let alice: TestUser;
let taskId: number;

/** Starts a server and waits for the last step of its housekeeping, so that none of its statements is counted. */
async function startCounted(env: Record<string, string> = {}): Promise<AppServer> {
  await queryRows(
    database.url,
    `with owner as (insert into "user" (email, name) values (gen_random_uuid() || '@example.org', 'Ada') returning id)
     insert into one_time_link (token_hash, user_id, purpose, expires_at)
       select sha256('expired'), id, 'password_reset', now() - interval '1 day' from owner`,
  );
  const server = await startApp({ DATABASE_URL: counter.url, ...env });
  const expired = "select from one_time_link where expires_at < now()";
  await waitFor(async () => expect(await queryRows(database.url, expired)).toEqual([]));
  return server;
}

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  counter = await startQueryCounter(database.url);
  app = await startCounted();
  limited = await startCounted({
    RATE_LIMIT_AUTH_PER_MINUTE: "2",
    RATE_LIMIT_TASKS_PER_MINUTE: "2",
    TRUST_PROXY: "1",
  });
  alice = await createUser({ url: app.url, databaseUrl: database.url });
  taskId = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
  await alice.api("GET", "/api/tasks");
});
afterAll(async () => {
  await app?.stop();
  await limited?.stop();
  await counter?.close();
  await database?.drop();
});

/** Runs a request after the ones before it have ended. @returns the number of statements it ran */
async function statementsOf(send: () => Promise<{ status: number }>, status: number): Promise<number> {
  counter.take();
  expect((await send()).status).toBe(status);
  return counter.take();
}

/** Requests of the API that succeed: method, route, status and body. */
const API_REQUESTS: [method: string, route: string, status: number, body?: unknown][] = [
  ["GET", "/api/tasks", 200],
  ["GET", "/api/tasks?q=fern", 200],
  ["POST", "/api/tasks", 201, { title: "Water the cactus" }],
  ["GET", "/api/tasks/:id", 200],
  ["PUT", "/api/tasks/:id", 200, { title: "Water both" }],
  ["PATCH", "/api/tasks/:id/complete", 200],
  ["PATCH", "/api/tasks/:id/complete", 200, { completed: true }],
  ["DELETE", "/api/tasks/:id", 204],
  ["GET", "/api/tasks?deleted=true", 200],
  ["POST", "/api/tasks/:id/restore", 200],
  ["DELETE", "/api/tasks/:id?permanent=true", 204],
  ["GET", "/api/auth/profile", 200],
];
const PAGES = [
  "/dashboard",
  "/dashboard?show=done",
  "/dashboard?q=fern",
  "/tasks/:id",
  "/tasks/:id/edit",
  "/tasks/:id/delete",
  "/trash",
  "/trash/empty",
];
/** Forms that succeed. The task is deleted before it is restored. */
const FORMS: [route: string, fields: Record<string, string>][] = [
  ["/dashboard", { intent: "add", title: "Water the cactus" }],
  ["/dashboard", { intent: "complete", completed: "true" }],
  ["/dashboard", { intent: "save", title: "Water both", description: "" }],
  ["/dashboard", { intent: "delete" }],
  ["/dashboard", { intent: "restore" }],
  ["/tasks/:id", { title: "Water all", description: "" }],
  ["/tasks/:id", { intent: "complete", completed: "true" }],
  ["/tasks/:id/edit", { title: "Water all", description: "" }],
  ["/tasks/:id/delete", {}],
  ["/tasks/:id", { intent: "restore" }],
  ["/tasks/:id/delete", {}],
  ["/trash", { intent: "restore" }],
  ["/tasks/:id/delete", {}],
  ["/trash", { intent: "erase" }],
  ["/trash", { intent: "empty" }],
  ["/trash/empty", {}],
];

it("the query budget covers every route of tasks", async () => {
  const counted = new Set([
    ...API_REQUESTS.map(([, route]) => route),
    ...PAGES,
    ...FORMS.map(([route]) => route),
  ]);
  const routes = (await routePaths()).filter((path) => /task|dashboard|trash/.test(path));
  expect(routes.filter((path) => !counted.has(path.replace(/\/$/, "")))).toEqual([]);
  expect(routes.length).toBeGreaterThanOrEqual(6);
});

it("the built server sends no Server-Timing header", async () => {
  expect((await alice.api("GET", "/api/tasks")).headers.get("Server-Timing")).toBeNull();
  expect((await request(app.url, "GET", "/")).headers.get("Server-Timing")).toBeNull();
});

describe("a request runs at most its number of statements", () => {
  const pathOf = (route: string) => route.replace(":id", String(taskId));

  it.each(API_REQUESTS)("%s %s: one", async (method, route, status, body) => {
    expect(await statementsOf(() => alice.api(method, pathOf(route), body), status)).toBe(1);
  });

  describe("with a personal access token", () => {
    let token: TestToken;
    beforeAll(async () => {
      const server = { url: app.url, databaseUrl: database.url };
      taskId = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
      token = await insertToken(server, alice);
      // The first use in a process looks the user up, and records the use.
      expect((await token.api("GET", "/api/tasks")).status).toBe(200);
      const used = "select 1 from personal_access_token where id = $1 and last_used_at is not null";
      await waitFor(async () => expect(await queryRows(database.url, used, [token.id])).toHaveLength(1));
    });

    it.each(API_REQUESTS.filter(([, route]) => route.startsWith("/api/tasks")))(
      "%s %s: one",
      async (method, route, status, body) => {
        expect(await statementsOf(() => token.api(method, pathOf(route), body), status)).toBe(1);
      },
    );

    it("a token that does not permit the request: one; on an account route, and a malformed one: none", async () => {
      const reader = await insertToken({ url: app.url, databaseUrl: database.url }, alice, {
        scope: "tasks:read",
      });
      const change = () => reader.api("POST", "/api/tasks", { title: "Water it" });
      // The first use looks the token up too.
      expect(await statementsOf(change, 403)).toBe(2);
      expect(await statementsOf(change, 403)).toBe(1);
      expect(await statementsOf(() => reader.api("GET", "/api/auth/profile"), 403)).toBe(0);
      const headers = { Authorization: `Bearer ${reader.text.slice(0, -1)}-` };
      expect(await statementsOf(() => request(app.url, "GET", "/api/tasks", { headers }), 401)).toBe(0);
    });
  });

  it.each([
    ["POST", "/api/tasks", 201, { "Idempotency-Key": "a-key" }, { title: "Water the palm" }],
    ["POST", "/api/tasks", 201, { "Idempotency-Key": "a-key" }, { title: "Water the palm" }],
    ["GET", "/api/tasks/:id", 304, { "If-None-Match": "*" }, undefined],
    ["PUT", "/api/tasks/:id", 200, { "If-Match": '"1"' }, { title: "Water both" }],
    ["PUT", "/api/tasks/:id", 412, { "If-Match": '"999"' }, { title: "Water both" }],
    ["PATCH", "/api/tasks/:id/complete", 412, { "If-Match": '"999"' }, undefined],
    ["DELETE", "/api/tasks/:id", 412, { "If-Match": '"999"' }, undefined],
    ["DELETE", "/api/tasks/:id", 204, { "If-Match": '"2"' }, undefined],
  ])("%s %s, %i with the headers %o: one", async (method, route, status, headers, body) => {
    if (status === 304) taskId = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
    const send = () =>
      request(app.url, method, pathOf(route), {
        headers: { Authorization: `Bearer ${alice.token}`, ...headers },
        body,
      });
    expect(await statementsOf(send, status)).toBe(1);
  });

  it("a form for an older version: two and its merge", async () => {
    const { id } = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body;
    await alice.api("PUT", `/api/tasks/${id}`, { description: "In the hall" });
    const opened = { version: "1", base_title: "Water the fern", base_description: "" };
    const save = (title: string, fields: Record<string, string>) => () =>
      alice.form("/dashboard", { intent: "save", id: String(id), title, description: "", ...fields });
    expect(await statementsOf(save("Water the ivy", opened), 302)).toBe(3);
    // The answer is the page with the form.
    expect(await statementsOf(save("Water the palm", opened), 412)).toBe(3);
    expect(await statementsOf(save("Water the palm", { ...opened, version: "3" }), 302)).toBe(2);
  });

  it("the API's answer for a task that does not exist: two, since another user may have it", async () => {
    const find = () => alice.api("GET", "/api/tasks/999999999");
    expect(await statementsOf(find, 404)).toBe(2);
  });

  it.each(PAGES)("GET %s: two, the session and the tasks", async (route) => {
    taskId = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
    const load = () => request(app.url, "GET", pathOf(route), { headers: { Cookie: alice.cookie } });
    expect(await statementsOf(load, 200)).toBe(2);
  });

  it("POST /api/auth/signin: five, the rate limits, the account, the session, and the count of failures", async () => {
    const body = { email: alice.email, password: PASSWORD };
    const send = () => request(app.url, "POST", "/api/auth/signin", { body });
    // The first sign-in of a test user replaces the hash of a low cost.
    expect((await send()).status).toBe(200);
    expect(await statementsOf(send, 200)).toBe(5);
  });

  it("POST /api/auth/signin reads the account while the rate limit counts, and nothing over the limit", async () => {
    const body = { email: alice.email, password: "a wrong one" };
    const sendFrom = (address: string) =>
      request(limited.url, "POST", "/api/auth/signin", { body, headers: { "X-Forwarded-For": address } });
    const send = () => sendFrom("192.0.2.7");
    expect((await send()).status).toBe(401);
    const counts = await holdRow(database.url, "select from rate_limit for update", []);
    counter.take();
    let statements = 0;
    const waiting = send();
    try {
      await expect.poll(() => (statements += counter.take())).toBe(2);
    } finally {
      await counts.release();
    }
    expect((await waiting).status).toBe(401);
    expect((await send()).status).toBe(429);
    expect(await statementsOf(send, 429)).toBe(0);
    // An attacker may use another /64 of a /48 for each attempt.
    for (let network = 0; network < 9; network++)
      expect((await sendFrom(`2001:db8:7:${network}::1`)).status).toBe(network < 8 ? 401 : 429);
    expect(await statementsOf(() => sendFrom("2001:db8:7:f::1"), 429)).toBe(0);
  });

  it.each(FORMS)("POST %s with %o: two, the session and the change", async (route, fields) => {
    const submit = () =>
      alice.form(pathOf(route), { ...fields, ...(!route.includes(":id") && { id: String(taskId) }) });
    expect(await statementsOf(submit, 302)).toBe(2);
  });

  it("a signed-out page, a static file and an invalid token: none", async () => {
    expect(await statementsOf(() => request(app.url, "GET", "/"), 200)).toBe(0);
    expect(await statementsOf(() => request(app.url, "GET", "/favicon.svg"), 200)).toBe(0);
    const headers = { Authorization: "Bearer not.a.token" };
    expect(await statementsOf(() => request(app.url, "GET", "/api/tasks", { headers }), 401)).toBe(0);
  });

  it("a session that was found to have ended: none", async () => {
    const ended = await insertSession({ url: app.url, databaseUrl: database.url }, alice);
    await ended.api("POST", "/api/auth/signout");
    expect((await ended.api("GET", "/api/tasks")).status).toBe(401);
    for (const path of ["/api/tasks", "/api/auth/profile"])
      expect(await statementsOf(() => ended.api("GET", path), 401)).toBe(0);
    const page = () => request(app.url, "GET", "/dashboard", { headers: { Cookie: ended.cookie } });
    expect(await statementsOf(page, 302)).toBe(0);
  });

  it("a request over the rate limit: none", async () => {
    const list = () =>
      request(limited.url, "GET", "/api/tasks", { headers: { Authorization: `Bearer ${alice.token}` } });
    for (let sent = 0; sent < 2; sent++) expect((await list()).status).toBe(200);
    expect(await statementsOf(list, 429)).toBe(0);
  });

  it("a link over the limit of its network: none; a right link within the limit works", async () => {
    const password = "a lighthouse by the sea";
    const confirm = (address: string, token: string) =>
      request(limited.url, "POST", "/api/auth/password-reset/confirm", {
        body: { token, password },
        headers: { "X-Forwarded-For": address },
      });
    const open = (address: string, path: string) =>
      request(limited.url, "GET", path, { headers: { "X-Forwarded-For": address } });
    const submit = (address: string, path: string, fields: Record<string, string>) =>
      request(limited.url, "POST", path, {
        body: new URLSearchParams(fields).toString(),
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "Sec-Fetch-Site": "same-origin",
          "X-Forwarded-For": address,
        },
      });
    const madeUp = () => randomBytes(32).toString("base64url");
    for (let sent = 0; sent < 6; sent++) expect((await confirm("192.0.2.1", madeUp())).status).toBe(422);
    for (const [path, fields] of [
      [`/reset-password?token=${madeUp()}`, { password }],
      [`/confirm-email?token=${madeUp()}`, {}],
    ] as const) {
      expect(await statementsOf(() => open("192.0.2.1", path), 429), path).toBe(0);
      expect(await statementsOf(() => submit("192.0.2.1", path, fields), 429), path).toBe(0);
      expect((await open("192.0.2.1", path)).text).toContain("tried a lot of links");
    }
    expect(await statementsOf(() => confirm("192.0.2.1", madeUp()), 429)).toBe(0);
    // Malformed text costs no query, so it is not counted.
    expect(await statementsOf(() => confirm("192.0.2.1", "x"), 422)).toBe(0);

    const user = await createUser({ url: limited.url, databaseUrl: database.url });
    const insertLink = async (purpose: string, email: string) => {
      const token = madeUp();
      await queryRows(
        database.url,
        `insert into one_time_link (token_hash, user_id, purpose, email, expires_at)
           values (sha256(convert_to($1, 'UTF8')), $2, $3, $4, now() + interval '1 hour')`,
        [token, user.id, purpose, email],
      );
      return token;
    };
    const email = `new.${user.email}`;
    const change = `/confirm-email?token=${await insertLink("email_change", email)}`;
    expect((await open("192.0.2.2", change)).text).toContain(email);
    expect((await submit("192.0.2.2", change, {})).status).toBe(302);
    const reset = `/reset-password?token=${await insertLink("password_reset", email)}`;
    expect((await open("192.0.2.2", reset)).text).toContain(email);
    expect((await submit("192.0.2.2", reset, { password })).status).toBe(302);
    expect((await confirm("192.0.2.2", await insertLink("password_reset", email))).status).toBe(204);
  });

  it("a page and an account call over the limit of their session: none; another session is not limited", async () => {
    const user = await createUser({ url: limited.url, databaseUrl: database.url });
    const page = () => request(limited.url, "GET", "/dashboard", { headers: { Cookie: user.cookie } });
    const profile = () => user.viaCookie("GET", "/api/auth/profile");
    for (const send of [page, profile, page, profile, page, profile]) expect((await send()).status).toBe(200);
    expect(await statementsOf(page, 429)).toBe(0);
    expect(await statementsOf(profile, 429)).toBe(0);
    expect(await statementsOf(() => user.api("PUT", "/api/auth/profile", { name: "Eve" }), 429)).toBe(0);
    const { headers, body } = await profile();
    expect(body.error.code).toBe("RATE_LIMITED");
    expect([headers.get("RateLimit-Limit"), headers.get("RateLimit-Remaining")]).toEqual(["6", "0"]);
    const other = await insertSession({ url: limited.url, databaseUrl: database.url }, user);
    expect((await other.viaCookie("GET", "/api/auth/sessions")).status).toBe(200);
  });
});
