import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { expectApiHeaders, expectFailure, expectNoContent, ISO } from "../answers.ts";
import { createTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, call, PASSWORD, type Person, settle, signIn } from "../person.ts";
import { type DatabaseProxy, startProxy } from "../proxy.ts";
import { startTock, type Tock } from "../tock.ts";

const HEALTH_MS = 2_000;

let database: TestDatabase;
let proxy: DatabaseProxy;
let tock: Tock;
let ann: Person;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startProxy(database.url);
  tock = await startTock({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "1500" });
  ann = await settle(tock);
});
afterAll(async () => {
  await proxy?.heal();
  await tock?.stop();
  await proxy?.close();
  await database?.drop();
});

// So that a test that fails half way leaves the next one a database.
afterEach(() => proxy.heal());

const health = () => call(tock.url, "GET", "/health");
const timed = async () => {
  const began = Date.now();
  const answer = await health();
  return { answer, took: Date.now() - began };
};

function expectUnhealthy({ answer, took }: { answer: Answer; took: number }): void {
  expect(answer.status).toBe(503);
  expect(answer.body).toStrictEqual({
    status: "error",
    database: "disconnected",
    timestamp: expect.stringMatching(ISO),
  });
  expect(took).toBeLessThan(HEALTH_MS);
  expectApiHeaders(answer);
}

function expectDatabaseError(answer: Answer): void {
  expectFailure(answer, 500, "DB_ERROR");
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
    timestamp: expect.stringMatching(ISO),
  });
  expect(Math.abs(Date.parse(answer.body.timestamp) - Date.now())).toBeLessThan(60_000);
  expectApiHeaders(answer);
});

describe.each([
  ["frozen", () => proxy.freeze()],
  ["gone", () => proxy.cut()],
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
      call(tock.url, "POST", "/api/auth/signin", { body: { email: ann.email, password: PASSWORD } }),
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
    expectFailure(await leaving.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expect(tock.process.exitCode).toBeNull();
  });
});

it("while the database is gone a page says so and keeps what was typed, and the sign-out form does not pretend", async () => {
  await proxy.cut();
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
