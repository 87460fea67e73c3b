import { connect } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { residentMib, trackPeakMemory } from "../chaos/measurements.ts";
import { pipelinePages } from "../chaos/request-floods.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { countLockWaits } from "../support/lock-waits.ts";
import { createTestDatabase, runtimeUrlOf, type TestDatabase } from "../support/test-database.ts";
import { createUser, request, type TestResponse, type TestUser } from "../support/users.ts";

let database: TestDatabase;
let app: AppServer;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  // The locks of these tests may last longer than the time limits of the pool, which parameters of the URL replace.
  const url = `${runtimeUrlOf(database.url)}?statement_timeout=60000&query_timeout=60000`;
  app = await startApp({ ...WITHOUT_COVERAGE, DATABASE_URL: url });
});
afterAll(async () => {
  await app?.stop();
  await database?.drop();
});

const newUser = () => createUser({ url: app.url, databaseUrl: database.url });
const linesWith = (text: string) => app.log.filter((line) => line.includes(text));

/** Prevents reads of tasks until it is released. */
async function lockTasks(): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin; lock table task in access exclusive mode");
  return () => client.end();
}

const countWaitingReads = () => countLockWaits(database.url);

/** Waits for the first `count` responses, in the order of their arrival. */
async function firstOf(requests: Promise<TestResponse>[], count: number): Promise<TestResponse[]> {
  const arrived: TestResponse[] = [];
  for (const each of requests) void each.then((response) => arrived.push(response));
  await expect.poll(() => arrived.length).toBeGreaterThanOrEqual(count);
  return arrived.slice(0, count);
}

it("of one user's 200 concurrent pages four read at once, the queue is limited, and another user is served", async () => {
  const [alice, bob] = [await newUser(), await newUser()];
  const visit = (path: string, { cookie }: TestUser) =>
    request(app.url, "GET", path, { headers: { Cookie: cookie } });
  const unlock = await lockTasks();
  try {
    const flood = Array.from({ length: 200 }, () => visit("/dashboard", alice));
    const rejected = await firstOf(flood, 200 - 4 - 128);
    for (const { status, headers } of rejected) {
      expect([status, headers.get("Retry-After")]).toEqual([429, "1"]);
      expect(headers.get("RateLimit-Limit")).toMatch(/^\d+$/);
    }
    expect((await visit("/settings", bob)).status).toBe(200);
    // So Bob's page did not wait for them.
    expect(await countWaitingReads()).toBe(4);
    await unlock();
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4 + 128);
  } finally {
    await unlock();
  }
  expect((await visit("/dashboard", alice)).status).toBe(200);
});

it("of one user's 40 concurrent searches of the API four run at once, and another user is served", async () => {
  const [alice, bob] = [await newUser(), await newUser()];
  const unlock = await lockTasks();
  try {
    const searches = Array.from({ length: 40 }, () => alice.api("GET", "/api/tasks?q=fern"));
    await expect.poll(countWaitingReads).toBe(4);
    expect((await bob.api("GET", "/api/auth/profile")).status).toBe(200);
    // So Bob's request did not wait for them.
    expect(await countWaitingReads()).toBe(4);
    await unlock();
    for (const search of searches) expect((await search).status).toBe(200);
  } finally {
    await unlock();
  }
});

it("a page that waits behind pages of closed connections is served", async () => {
  const { cookie } = await newUser();
  const dashboard = () => request(app.url, "GET", "/dashboard", { headers: { Cookie: cookie } });
  const { port } = new URL(app.url);
  const openConnection = async () => {
    const socket = connect(Number(port), "127.0.0.1");
    const lines = `GET /dashboard HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\n\r\n`;
    await new Promise((resolve) => socket.write(lines, resolve));
    return socket;
  };
  const unlock = await lockTasks();
  try {
    const processed = Array.from({ length: 4 }, dashboard);
    await expect.poll(countWaitingReads).toBe(4);
    const closed = await Promise.all(Array.from({ length: 4 }, openConnection));
    // Its response shows that the server has read the requests before it.
    expect((await request(app.url, "GET", "/signin")).status).toBe(200);
    for (const socket of closed) socket.destroy();
    const waiting = dashboard();
    expect((await request(app.url, "GET", "/signin")).status).toBe(200);
    await unlock();
    for (const page of [...processed, waiting]) expect((await page).status).toBe(200);
  } finally {
    await unlock();
  }
});

it("3,000 pipelined pages on one connection get ten responses and a 503, and other clients are served", async () => {
  await request(app.url, "GET", "/");
  const initialMib = await residentMib(app.process.pid);
  const stopTracking = trackPeakMemory(app.process.pid);
  const flood = pipelinePages(app.url, 3_000);
  expect((await request(app.url, "GET", "/signin")).status).toBe(200);
  const statuses = await flood;
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
  expect(statuses.slice(10)).toEqual([503]);
  expect((await stopTracking()) - initialMib).toBeLessThan(100);
  await pipelinePages(app.url, 50);
  expect(linesWith("pipelined")).toHaveLength(1);
});

it("beyond 32 pages at once and 256 waiting ones the response is 503 with Retry-After, logged once", async () => {
  // Eight users with four pages each occupy all slots until the lock is released.
  const users = await Promise.all(Array.from({ length: 8 }, newUser));
  const initialMib = await residentMib(app.process.pid);
  const peak = trackPeakMemory(app.process.pid);
  const unlock = await lockTasks();
  try {
    const occupied = users.flatMap(({ cookie }) =>
      Array.from({ length: 4 }, () => request(app.url, "GET", "/dashboard", { headers: { Cookie: cookie } })),
    );
    await expect.poll(countWaitingReads).toBe(32);
    const others = Array.from({ length: 300 }, () => request(app.url, "GET", "/signup"));
    const rejected = await firstOf(others, 300 - 256);
    for (const { status, headers, text } of rejected) {
      expect([status, headers.get("Retry-After")]).toEqual([503, "1"]);
      expect(text).toContain("Tock is busy");
    }
    await unlock();
    const statuses = (await Promise.all([...occupied, ...others])).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(32 + 256);
  } finally {
    await unlock();
    await peak();
  }
  expect((await peak()) - initialMib).toBeLessThan(250);
  expect(linesWith("page limit reached")).toHaveLength(1);
  expect(app.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});
