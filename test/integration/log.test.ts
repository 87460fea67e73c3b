import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { forgeCookie, forgeToken, rawToken } from "../support/forge-credentials.ts";
import { rawRequest } from "../support/raw-request.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { cookieOf, request, signIn, signUp, type TestResponse, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

/*
 * Provokes every known failure at LOG_LEVEL=trace. The log must not contain personal data or secrets: each of them
 * contains a word by which the test finds it.
 */
const WORDS = {
  email: "ada.lovelace.private",
  name: "Augusta-King-Noel",
  title: "Titel-that-only-ada-may-read",
  description: "Beschreibung-that-only-ada-may-read",
  password: "a-lantern-by-the-river-kept",
  newPassword: "another-lantern-on-the-hill",
  wrongPassword: "a-guess-by-an-attacker",
  strange: "something-strange-in-a-query",
  search: "a-word-that-ada-looks-for",
};
const EMAIL = `${WORDS.email}@example.org`;
const FORM = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };

let database: TestDatabase;
let proxy: DatabaseProxy;
let tock: AppServer;
/** Values that must not be in the log, by description. */
const secrets = new Map<string, string>(Object.entries(WORDS));
const addSecret = (what: string, value: string) =>
  value.length > 7 && secrets.set(`${what} ${secrets.size}`, value);

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startDatabaseProxy(database.url);
  tock = await startApp({
    DATABASE_URL: proxy.url,
    LOG_LEVEL: "trace",
    ACCESS_LOG: "true",
    DB_POOL_TIMEOUT_MS: "500",
    RATE_LIMIT_AUTH_PER_MINUTE: "30",
    RATE_LIMIT_TASKS_PER_MINUTE: "80",
  });
});
afterAll(async () => {
  await proxy?.heal();
  await tock?.stop();
  await proxy?.close();
  await database?.drop();
});

const form = (path: string, fields: Record<string, string>, cookie = "") =>
  rawRequest(tock.url, "POST", path, {
    headers: { ...FORM, ...(cookie && { Cookie: cookie }) },
    body: new URLSearchParams(fields).toString(),
  });
const post = (path: string, body: unknown, headers = {}) =>
  request(tock.url, "POST", path, { body, headers });
const sql = (statement: string) => queryRows(database.url, statement);
const addSecretsOf = (user: TestUser) => {
  addSecret("a token", user.token);
  addSecret("a token's signature", user.token.split(".")[2] ?? "");
  addSecret("a cookie", user.cookie.split("=")[1] ?? "");
  return user;
};
const countsByStatus: Record<string, number> = {};
const count = (response: TestResponse) => {
  countsByStatus[response.status] = (countsByStatus[response.status] ?? 0) + 1;
  for (const cookie of response.headers.getSetCookie())
    addSecret("a cookie", /=([^;]*)/.exec(cookie)?.[1] ?? "");
  return response;
};

async function ordinaryUse(): Promise<TestUser> {
  const ada = addSecretsOf(
    await signUp(tock.url, { email: EMAIL, name: WORDS.name, password: WORDS.password }),
  );
  const task = { title: WORDS.title, description: WORDS.description };
  const { id } = count(await ada.api("POST", "/api/tasks", task)).body;
  for (const [method, path] of [
    ["GET", "/api/tasks"],
    ["GET", `/api/tasks?q=${WORDS.search}`],
    ["GET", `/api/tasks?q=${WORDS.search.repeat(20)}`],
    ["GET", `/api/tasks?completed=${WORDS.strange}`],
    ["GET", `/api/tasks/${WORDS.strange}`],
    ["PATCH", `/api/tasks/${id}/complete`],
    ["GET", "/api/auth/profile"],
    ["GET", "/api/auth/sessions"],
    ["GET", "/api/auth/export"],
    ["GET", `/api/${WORDS.strange}`],
  ] as const)
    count(await ada.viaCookie(method, path));
  for (const path of [
    "/",
    "/dashboard",
    "/settings",
    `/tasks/${id}`,
    `/tasks/${id}/edit`,
    `/tasks/${id}/delete`,
    "/trash",
    "/signin",
    "/nothing",
    "/dashboard.data",
  ])
    count(
      await rawRequest(tock.url, "GET", `${path}?${WORDS.strange}=${EMAIL}&q=${WORDS.search}`, {
        headers: { Cookie: ada.cookie },
      }),
    );
  count(await form("/dashboard", { intent: "add", ...task }, ada.cookie));
  count(await form(`/tasks/${id}`, task, ada.cookie));
  count(await form("/settings", { intent: "profile", name: WORDS.name, email: EMAIL }, ada.cookie));
  const other = addSecretsOf(await signIn(tock.url, EMAIL, WORDS.password));
  count(await other.api("POST", "/api/auth/signout"));
  count(await form("/signin", { email: EMAIL, password: WORDS.password, redirectTo: `/${WORDS.strange}` }));
  return ada;
}

async function wrongInput(ada: TestUser): Promise<void> {
  const bad = { email: EMAIL, password: WORDS.wrongPassword };
  count(await post("/api/auth/signin", bad));
  count(await post("/api/auth/signin", { email: `no-${EMAIL}`, password: WORDS.wrongPassword }));
  count(await form("/signin", bad));
  count(await post("/api/auth/signup", { email: EMAIL, name: WORDS.name, password: WORDS.password }));
  count(await form("/signup", { email: EMAIL, name: WORDS.name, password: WORDS.password }));
  count(
    await post("/api/auth/signup", { email: EMAIL, name: WORDS.name, password: EMAIL, [WORDS.strange]: 1 }),
  );
  count(
    await ada.api("PUT", "/api/auth/profile", {
      password: WORDS.newPassword,
      current_password: WORDS.wrongPassword,
    }),
  );
  count(await ada.api("DELETE", "/api/auth/account", { password: WORDS.wrongPassword }));
  for (const body of [
    `{"email":"${EMAIL}","password":"${WORDS.password}"`,
    "\u0000",
    `"${WORDS.password}"`,
    new Uint8Array([0xff, 0xfe]),
  ])
    count(await post("/api/auth/signin", body));
  for (const title of [
    `${WORDS.title}\u0000`,
    WORDS.title.repeat(20),
    `\ud800${WORDS.title}`,
    { a: WORDS.title },
  ])
    count(await ada.api("POST", "/api/tasks", { title }));
}

async function forgedCredentials(ada: TestUser): Promise<void> {
  const claims = { user_id: ada.id, email: EMAIL, sid: crypto.randomUUID() };
  const tokens = [
    forgeToken(claims),
    forgeToken(claims, { secret: "another-secret-than-the-servers-0123456789" }),
    rawToken({ alg: "none" }, claims),
    `${ada.token}x`,
    ada.token.slice(0, -5),
    WORDS.strange.repeat(100),
  ];
  for (const token of tokens) {
    addSecret("a forged token", token);
    count(await request(tock.url, "GET", "/api/tasks", { headers: { Authorization: `Bearer ${token}` } }));
    const cookie = await forgeCookie({ token, notice: WORDS.strange });
    addSecret("a forged cookie", cookie.split("=")[1] ?? "");
    for (const path of ["/dashboard", "/api/auth/profile"])
      count(
        await rawRequest(tock.url, "GET", path, {
          headers: { Cookie: `${cookie.slice(0, 3_000)}; ${ada.cookie}x` },
        }),
      );
  }
  const crossSite = {
    headers: { Cookie: ada.cookie, ...FORM, "Sec-Fetch-Site": "cross-site" },
    body: `title=${WORDS.title}`,
  };
  count(await rawRequest(tock.url, "POST", "/dashboard", crossSite));
  count(
    await rawRequest(tock.url, "GET", `/%zz${WORDS.strange}`, {
      headers: { Authorization: `Bearer ${ada.token}` },
    }),
  );
  count(
    await rawRequest(tock.url, "GET", "/", { headers: { Host: `a b ${WORDS.strange}`, Cookie: ada.cookie } }),
  );
  count(
    await rawRequest(tock.url, "POST", "/api/tasks", {
      headers: { Authorization: `Bearer ${ada.token}` },
      body: WORDS.title.repeat(3_000),
    }),
  );
  const { hostname, port } = new URL(tock.url);
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  socket.end(`POST /api/auth/signin HTTP/1.1\r\nCookie ${ada.cookie}\r\n\r\n${WORDS.password}`);
  await new Promise((resolve) => socket.once("close", resolve).resume());
}

/** Makes PostgreSQL reject valid input, so that its error messages name columns and quote values. */
async function brokenSchema(ada: TestUser): Promise<void> {
  const task = { title: WORDS.title, description: WORDS.description };
  await sql("delete from task");
  await sql("create unique index planted on task (user_id, title)");
  count(await ada.api("POST", "/api/tasks", task));
  count(await ada.api("POST", "/api/tasks", task));
  count(await form("/dashboard", { intent: "add", ...task }, ada.cookie));
  count(await form("/dashboard.data", { intent: "add", ...task }, ada.cookie));
  await sql("drop index planted");
  for (const column of ["title", "description"]) {
    await sql(`alter table task rename column ${column} to hidden`);
    count(await ada.api("POST", "/api/tasks", task));
    count(await ada.api("GET", "/api/tasks"));
    count(await ada.api("GET", `/api/tasks?q=${WORDS.search}`));
    count(await rawRequest(tock.url, "GET", "/dashboard", { headers: { Cookie: ada.cookie } }));
    await sql(`alter table task rename column hidden to ${column}`);
  }
  await sql("alter table task add constraint planted check (title is null) not valid");
  count(await ada.api("POST", "/api/tasks", task));
  await sql("alter table task drop constraint planted");
  await sql(`create unique index planted on "user" (name)`);
  count(
    await post("/api/auth/signup", { email: `second-${EMAIL}`, name: WORDS.name, password: WORDS.password }),
  );
  count(await form("/signup", { email: `second-${EMAIL}`, name: WORDS.name, password: WORDS.password }));
  await sql("drop index planted");
  await sql("alter table account rename column password_hash to hidden");
  count(await post("/api/auth/signin", { email: EMAIL, password: WORDS.password }));
  count(
    await ada.api("PUT", "/api/auth/profile", {
      password: WORDS.newPassword,
      current_password: WORDS.password,
    }),
  );
  await sql("alter table account rename column hidden to password_hash");
}

async function databaseOutage(ada: TestUser): Promise<void> {
  await proxy.cutConnections();
  const tries = [
    ada.api("POST", "/api/tasks", { title: WORDS.title }),
    ada.viaCookie("GET", "/api/tasks"),
    post("/api/auth/signin", { email: EMAIL, password: WORDS.password }),
    form("/dashboard", { intent: "add", title: WORDS.title }, ada.cookie),
    form("/signup", { email: `third-${EMAIL}`, name: WORDS.name, password: WORDS.password }),
    rawRequest(tock.url, "GET", "/settings", { headers: { Cookie: ada.cookie } }),
    ada.api("POST", "/api/auth/signout"),
  ];
  for (const response of await Promise.all(tries)) count(response);
  await proxy.heal();
  await waitFor(async () => expect((await request(tock.url, "GET", "/health")).status).toBe(200), {
    interval: 100,
  });
}

async function exceededLimits(ada: TestUser): Promise<void> {
  const repeatUntilLimited = async (send: (i: number) => Promise<TestResponse>) => {
    for (let i = 0; i < 200; i++) if (count(await send(i)).status === 429) return;
    throw new Error("No rate limit was reached.");
  };
  // Rejected before hashing, so that the limit is reached within its minute on a slow machine.
  const registered = { email: EMAIL, name: WORDS.name, password: WORDS.newPassword };
  await repeatUntilLimited(() => post("/api/auth/signup", registered));
  await repeatUntilLimited((i) => ada.viaCookie("GET", `/api/tasks/9999${i}`));
  count(await form("/signin", { email: EMAIL, password: WORDS.newPassword }));
  count(await form("/dashboard", { intent: "add", title: WORDS.title }, ada.cookie));
}

it("the log contains no personal data and no secrets after every kind of failure", async () => {
  const ada = await ordinaryUse();
  await wrongInput(ada);
  await forgedCredentials(ada);
  await brokenSchema(ada);
  await databaseOutage(ada);
  const change = { password: WORDS.newPassword, current_password: WORDS.password };
  expect(count(await ada.api("PUT", "/api/auth/profile", change)).status).toBe(200);
  for (const row of await sql("select token from session")) addSecret("a session's token", row.token);
  for (const row of await sql("select password_hash from account")) addSecret("a hash", row.password_hash);
  await exceededLimits(ada);
  const after = await form("/signout", {}, ada.cookie);
  addSecret("a cookie", cookieOf(after));
  for (const [name, value] of Object.entries(TEST_SECRETS)) addSecret(name, value);
  const { username, password } = new URL(database.url);
  addSecret(`the database's password for ${username}`, password);

  // Proves that every failure happened and was logged.
  for (const status of [200, 201, 204, 302, 400, 401, 403, 404, 413, 422, 429, 500])
    expect(countsByStatus[status], `responses ${status}`).toBeGreaterThan(0);
  const log = tock.log.join("\n");
  for (const message of [
    "circuit breaker opened",
    "database query failed",
    "failed unexpectedly",
    "rate limit",
    "planted",
  ])
    expect(log).toContain(message);

  // Plain, and as URLs and cookies encode it.
  const encodings = (value: string) => [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("base64").slice(0, -4),
  ];
  const found = [...secrets].filter(([, value]) => encodings(value).some((text) => log.includes(text)));
  const lines = found.map(([what, value]) => `${what}: ${tock.log.find((line) => line.includes(value))}`);
  expect(lines).toEqual([]);
  expect(log).not.toMatch(/[\w.+-]+@example\.org|eyJ[\w-]{8,}\.|\$2[aby]\$\d\d\$/);
}, 120_000);
