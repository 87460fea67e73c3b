import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isHealthy } from "#app/services/health.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, ISO_TIME } from "../support/assertions.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { type QueryCounter, startQueryCounter } from "../support/query-counter.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, PASSWORD, request, signIn, type TestResponse, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

const HEALTH_MS = 2_000;
const REUSE_MS = 500;

let database: TestDatabase;
let proxy: DatabaseProxy;
let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startDatabaseProxy(database.url);
  tock = await startApp({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "1500" });
  ann = await createUser(tock);
});
afterAll(async () => {
  await proxy?.heal();
  await tock?.stop();
  await proxy?.close();
  await database?.drop();
});

// A failed test must not leave the next one without a database.
afterEach(() => proxy.heal());

const health = () => request(tock.url, "GET", "/health");
const timed = async (path: string) => {
  const startedAt = performance.now();
  const response = await request(tock.url, "GET", path);
  return { response, ms: performance.now() - startedAt };
};
/** @returns the response, and how much longer it took than one that needs no database: the machine may be busy */
const timedHealth = async () => {
  const [{ response, ms }, control] = await Promise.all([timed("/health"), timed("/health/live")]);
  return { response, ms: ms - control.ms };
};

function expectUnhealthy({ response, ms }: { response: TestResponse; ms: number }): void {
  expect(response.status).toBe(503);
  expect(response.body).toStrictEqual({
    status: "error",
    database: "disconnected",
    timestamp: expect.stringMatching(ISO_TIME),
  });
  expect(ms).toBeLessThan(HEALTH_MS);
  expectApiHeaders(response);
}

function expectDatabaseError(response: TestResponse): void {
  expectError(response, 500, "DB_ERROR");
  expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
  // A database error must not sign out the user.
  expect(response.headers.getSetCookie()).toEqual([]);
}

const waitUntilHealthy = () =>
  waitFor(async () => expect((await health()).status).toBe(200), { interval: 100 });

it("GET /health answers 200 with the time when the database answers", async () => {
  const response = await health();
  expect(response.status).toBe(200);
  expect(response.body).toStrictEqual({
    status: "ok",
    database: "connected",
    timestamp: expect.stringMatching(ISO_TIME),
  });
  expect(Math.abs(Date.parse(response.body.timestamp) - Date.now())).toBeLessThan(60_000);
  expectApiHeaders(response);
});

describe.each([
  ["frozen", () => proxy.freeze()],
  ["unreachable", () => proxy.cutConnections()],
] as const)("while the database is %s", (_, breakDatabase) => {
  it("/health answers 503 within 2 s, calls answer DB_ERROR, sessions survive, and the app recovers by itself", async () => {
    const otherSession = await signIn(tock.url, ann.email);
    await breakDatabase();
    const page = fetch(`${tock.url}/dashboard`, { redirect: "manual", headers: { Cookie: ann.cookie } });
    const calls = Promise.all([
      otherSession.api("POST", "/api/auth/signout"),
      otherSession.viaCookie("POST", "/api/auth/signout"),
      ann.api("GET", "/api/tasks"),
      ann.viaCookie("GET", "/api/auth/profile"),
      ann.api("POST", "/api/tasks", { title: "x" }),
      request(tock.url, "POST", "/api/auth/signin", { body: { email: ann.email, password: PASSWORD } }),
    ]);
    // A result from before the outage is reused for 0.5 s.
    await expect.poll(async () => (await health()).status, { timeout: REUSE_MS + HEALTH_MS }).toBe(503);
    for (const probe of await Promise.all([timedHealth(), timedHealth(), timedHealth()]))
      expectUnhealthy(probe);
    for (const response of await calls) expectDatabaseError(response);
    const pageResponse = await page;
    expect(pageResponse.status).toBe(500);
    expect(pageResponse.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(pageResponse.headers.getSetCookie()).toEqual([]);
    expectUnhealthy(await timedHealth());

    await proxy.heal();
    await waitUntilHealthy();
    expect((await ann.viaCookie("GET", "/api/tasks")).status).toBe(200);
    // The sign-out that failed ended no session; the next one does.
    expect((await otherSession.api("GET", "/api/tasks")).status).toBe(200);
    expectNoContent(await otherSession.viaCookie("POST", "/api/auth/signout"));
    expectError(await otherSession.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expect(tock.process.exitCode).toBeNull();
  });
});

it("while the database is unreachable a page keeps the typed text, and sign-out reports that the session continues", async () => {
  await proxy.cutConnections();
  const postForm = (path: string, fields: Record<string, string>) =>
    fetch(tock.url + path, {
      method: "POST",
      redirect: "manual",
      headers: { Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" },
      body: new URLSearchParams(fields),
    });
  const response = await postForm("/signout", {});
  expect(response.status).toBe(500);
  expect(response.headers.get("Retry-After")).toMatch(/^\d+$/);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await response.text()).toContain("You&#x27;re still signed in");

  const text = { title: "Typed with care", description: "and at length" };
  const rejected = await postForm("/dashboard?show=open", { intent: "add", ...text });
  const page = await rejected.text();
  expect(rejected.status).toBe(500);
  expect(rejected.headers.getSetCookie()).toEqual([]);
  for (const kept of ["Typed with care", "and at length", "Your tasks are safe", "Try again", "Sign out"])
    expect(page).toContain(kept);

  const withPassword = await postForm("/settings/tokens", {
    intent: "create",
    name: "Backup",
    password: PASSWORD,
  });
  const passwordPage = await withPassword.text();
  expect(passwordPage).toContain("Try again");
  // Its form would lack the password.
  expect(passwordPage).not.toMatch(/<input[^>]*"Backup"/);
  expect(passwordPage).not.toContain(PASSWORD);
  await proxy.heal();
  await waitUntilHealthy();
  expect((await ann.viaCookie("GET", "/api/tasks")).status).toBe(200);
});

describe("the query of health checks", () => {
  let counter: QueryCounter;
  beforeAll(async () => {
    counter = await startQueryCounter(database.url);
    openTestDatabase(counter.url);
    await waitFor(async () => expect(await isHealthy()).toBe(true));
  });
  afterAll(async () => {
    await closeDatabase();
    await counter?.close();
  });

  it("is shared by 200 concurrent checks", async () => {
    await sleep(2 * REUSE_MS);
    counter.take();
    await Promise.all(Array.from({ length: 200 }, () => isHealthy()));
    expect(counter.take()).toBe(1);
  });

  it("is repeated after half a second, and not earlier", async () => {
    /** Checks until one sends a query. @returns when that one began */
    const untilQuery = async (): Promise<number> => {
      for (;;) {
        const startedAt = performance.now();
        expect(await isHealthy()).toBe(true);
        if (counter.take() > 0) return startedAt;
        await nextTurn();
      }
    };
    await untilQuery();
    const first = await untilQuery();
    // Timers fire up to a millisecond early.
    expect((await untilQuery()) - first).toBeGreaterThanOrEqual(REUSE_MS - 1);
  });
});
