import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, ISO_TIME } from "../support/assertions.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, PASSWORD, request, signIn, type TestResponse, type TestUser } from "../support/users.ts";

const HEALTH_MS = 2_000;

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

// So that a test that fails half way leaves the next one a database.
afterEach(() => proxy.heal());

const health = () => request(tock.url, "GET", "/health");
const timed = async () => {
  const began = Date.now();
  const answer = await health();
  return { answer, took: Date.now() - began };
};

function expectUnhealthy({ answer, took }: { answer: TestResponse; took: number }): void {
  expect(answer.status).toBe(503);
  expect(answer.body).toStrictEqual({
    status: "error",
    database: "disconnected",
    timestamp: expect.stringMatching(ISO_TIME),
  });
  expect(took).toBeLessThan(HEALTH_MS);
  expectApiHeaders(answer);
}

function expectDatabaseError(answer: TestResponse): void {
  expectError(answer, 500, "DB_ERROR");
  expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
  // Nobody is signed out by it.
  expect(answer.headers.getSetCookie()).toEqual([]);
}

const healed = () =>
  vi.waitFor(async () => expect((await health()).status).toBe(200), { timeout: 15_000, interval: 100 });

it("a healthy Tock says so, with the time, to anybody", async () => {
  const answer = await health();
  expect(answer.status).toBe(200);
  expect(answer.body).toStrictEqual({
    status: "ok",
    database: "connected",
    timestamp: expect.stringMatching(ISO_TIME),
  });
  expect(Math.abs(Date.parse(answer.body.timestamp) - Date.now())).toBeLessThan(60_000);
  expectApiHeaders(answer);
});

describe.each([
  ["frozen", () => proxy.freeze()],
  ["gone", () => proxy.cutConnections()],
] as const)("while the database is %s", (_, breakIt) => {
  it("health says so within two seconds, calls answer DB_ERROR, nobody is signed out, and it heals by itself", async () => {
    const leaving = await signIn(tock.url, ann.email);
    await breakIt();
    const page = fetch(`${tock.url}/dashboard`, { redirect: "manual", headers: { Cookie: ann.cookie } });
    const calls = Promise.all([
      leaving.api("POST", "/api/auth/signout"),
      leaving.viaCookie("POST", "/api/auth/signout"),
      ann.api("GET", "/api/tasks"),
      ann.viaCookie("GET", "/api/auth/profile"),
      ann.api("POST", "/api/tasks", { title: "x" }),
      request(tock.url, "POST", "/api/auth/signin", { body: { email: ann.email, password: PASSWORD } }),
    ]);
    for (const probe of await Promise.all([timed(), timed(), timed()])) expectUnhealthy(probe);
    for (const answer of await calls) expectDatabaseError(answer);
    const shown = await page;
    expect(shown.status).toBe(500);
    expect(shown.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(shown.headers.getSetCookie()).toEqual([]);
    expectUnhealthy(await timed());

    await proxy.heal();
    await healed();
    expect((await ann.viaCookie("GET", "/api/tasks")).status).toBe(200);
    // The sign-out that was refused ended nothing; now it does.
    expect((await leaving.api("GET", "/api/tasks")).status).toBe(200);
    expectNoContent(await leaving.viaCookie("POST", "/api/auth/signout"));
    expectError(await leaving.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expect(tock.process.exitCode).toBeNull();
  });
});

it("while the database is gone a page says so and keeps what was typed, and the sign-out form does not pretend", async () => {
  await proxy.cutConnections();
  const response = await fetch(`${tock.url}/signout`, {
    method: "POST",
    redirect: "manual",
    headers: {
      Cookie: ann.cookie,
      "Sec-Fetch-Site": "same-origin",
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: "",
  });
  expect(response.status).toBe(500);
  expect(response.headers.get("Retry-After")).toMatch(/^\d+$/);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await response.text()).toContain("You are still signed in");

  const added = await fetch(`${tock.url}/dashboard?show=open`, {
    method: "POST",
    redirect: "manual",
    headers: {
      Cookie: ann.cookie,
      "Sec-Fetch-Site": "same-origin",
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({ intent: "add", title: "Typed with care", description: "and at length" }),
  });
  const page = await added.text();
  expect(added.status).toBe(500);
  expect(added.headers.getSetCookie()).toEqual([]);
  for (const kept of ["Typed with care", "and at length", "Your tasks are safe", "Try again", "Sign out"])
    expect(page).toContain(kept);
  await proxy.heal();
  await healed();
  expect((await ann.viaCookie("GET", "/api/tasks")).status).toBe(200);
});
