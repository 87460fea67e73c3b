import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, BUILT_COMMAND, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { countLockWaits } from "../support/lock-waits.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, request, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const METRICS_TOKEN = "metrics-token-of-the-tests-0123456789";
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

let database: TestDatabase;
let proxy: DatabaseProxy;
let tock: AppServer;
let ann: TestUser;
let taskId: number;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startDatabaseProxy(database.url);
  tock = await startApp({ DATABASE_URL: proxy.url, ACCESS_LOG: "true", METRICS_TOKEN });
  ann = await createUser(tock);
  taskId = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
});
afterAll(async () => {
  await proxy?.heal();
  await tock?.stop();
  await proxy?.close();
  await database?.drop();
});

const accessLines = () =>
  tock.log
    .filter((line) => line.includes('"event":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
/** Waits for the line of a request: lines are buffered for up to a second. */
async function lineOf({ headers }: { headers: Headers }): Promise<Record<string, unknown>> {
  const requestId = headers.get("X-Request-Id");
  const find = () => accessLines().find((line) => line.requestId === requestId);
  await expect.poll(find).toBeDefined();
  return find() ?? {};
}
const readMetrics = (token = METRICS_TOKEN, url = tock.url) =>
  request(url, "GET", "/metrics", { headers: { Authorization: `Bearer ${token}` } });

describe("the access log", () => {
  it("has one line per request with the route pattern and a hash of the user id", async () => {
    const response = await request(tock.url, "GET", `/api/tasks/${taskId}`, {
      headers: {
        Authorization: `Bearer ${ann.token}`,
        traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
      },
    });
    const line = await lineOf(response);
    expect(line).toMatchObject({
      level: "info",
      event: "request",
      method: "GET",
      route: "/api/tasks/:id",
      status: 200,
      durationMs: expect.any(Number),
      user: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceId: TRACE_ID,
    });
    expect(line.bytes).toBeGreaterThan(response.text.length);
    expect(accessLines().filter(({ requestId }) => requestId === line.requestId)).toHaveLength(1);
    expect(JSON.stringify(line)).not.toContain(ann.id);
  });

  it("contains pages, their data, static files, unknown paths and rejected requests", async () => {
    const cookie = { Cookie: ann.cookie };
    const cases = [
      ["/dashboard", { headers: cookie }, { route: "/dashboard", status: 200, user: expect.any(String) }],
      ["/dashboard.data", { headers: cookie }, { route: "/dashboard", status: 200 }],
      ["/favicon.svg", {}, { route: "other", status: 200 }],
      ["/page-scripts.json", {}, { route: "static", status: 200 }],
      ["/nothing/here?secret=1", {}, { route: "other", status: 404 }],
      ["/api/tasks?limit=0", {}, { route: "/api/tasks", status: 401 }],
    ] as const;
    for (const [path, options, expected] of cases) {
      const line = await lineOf(await rawRequest(tock.url, "GET", path, options));
      expect(line, path).toMatchObject(expected);
      expect(JSON.stringify(line)).not.toContain("secret");
    }
  });

  it("ignores a traceparent that is not valid", async () => {
    for (const traceparent of ["nonsense", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `00-${TRACE_ID}`]) {
      const line = await lineOf(await request(tock.url, "GET", "/api/tasks", { headers: { traceparent } }));
      expect(line.traceId).toBeUndefined();
    }
  });

  it("is off by default", async () => {
    const quiet = await startApp();
    await request(quiet.url, "GET", "/api/tasks");
    await quiet.stop();
    expect(quiet.log.join("\n")).not.toContain('"event":"request"');
  });

  it("is written to the end at a shutdown", async () => {
    const other = await startApp({ ACCESS_LOG: "true" });
    const { headers } = await request(other.url, "GET", "/api/tasks");
    await other.stop();
    expect(other.log.join("\n")).toContain(headers.get("X-Request-Id"));
  });
});

/** Passes 100 bytes per millisecond on, so that a pipe in front of it is always full. */
const SLOW_READER = `
  const { readSync, writeSync } = require("node:fs");
  const piece = Buffer.alloc(100);
  for (let bytes; (bytes = readSync(0, piece)) > 0; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1))
    writeSync(1, piece.subarray(0, bytes));`;

it.runIf(process.platform === "linux")(
  "lines of two web processes stay whole although the reader of the log is slow",
  async () => {
    // child_process itself would create a socket.
    const piped = ["bash", "-c", 'exec "$@" > >(exec node -e "$0")', SLOW_READER, ...BUILT_COMMAND];
    const env = { DATABASE_URL: database.url, ACCESS_LOG: "true", WEB_CONCURRENCY: "2" };
    const app = await startApp(env, piped);
    try {
      for (let sent = 0; sent < 3_000; sent += 100)
        await Promise.all(Array.from({ length: 100 }, () => request(app.url, "GET", "/api/none")));
    } finally {
      await app.stop();
    }
    const lines = app.log.map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event === "request").length).toBeGreaterThan(300);
  },
);

it("a shutdown ends in time although the reader of the log is gone", async () => {
  const other = await startApp({ ACCESS_LOG: "true" });
  other.process.stdout?.destroy();
  for (let sent = 0; sent < 3; sent++) await request(other.url, "GET", "/api/tasks");
  const stopped = await Promise.race([other.stop(), sleep(WAIT_MS, "still running")]);
  if (stopped === "still running") other.process.kill("SIGKILL");
  expect(stopped).toBe(0);
});

describe("GET /metrics", () => {
  it("counts requests by route pattern and status, and reports database, breaker and event loop", async () => {
    await request(tock.url, "GET", "/api/tasks");
    const { status, text, headers } = await readMetrics();
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toMatch(/^text\/plain/);
    for (const line of [
      /^tock_http_request_duration_seconds_count\{method="GET",route="\/api\/tasks",status="401"\} [1-9]/m,
      /^tock_http_request_duration_seconds_bucket\{le="0.5",method="POST",route="\/api\/tasks",status="201"\} \d/m,
      /^tock_database_query_duration_seconds_count [1-9]/m,
      /^tock_database_connections_in_use 0$/m,
      /^tock_database_connections_max 20$/m,
      /^tock_database_requests_waiting 0$/m,
      /^tock_circuit_breaker_open 0$/m,
      /^nodejs_eventloop_lag_seconds /m,
    ])
      expect(text).toMatch(line);
    expect(text).not.toContain(String(ann.id));
  });

  it("counts rejections by the name of the limit", async () => {
    const env = { DATABASE_URL: database.url, METRICS_TOKEN, RATE_LIMIT_TASKS_PER_MINUTE: "2" };
    const limited = await startApp(env);
    const headers = { Authorization: `Bearer ${ann.token}` };
    for (let sent = 0; sent < 5; sent++) await request(limited.url, "GET", "/api/tasks", { headers });
    const { text } = await readMetrics(METRICS_TOKEN, limited.url);
    await limited.stop();
    expect(text).toMatch(/^tock_rate_limited_total\{limit="tasks"\} 3$/m);
  });

  it("reports requests that wait for a connection", async () => {
    // The waits for the lock may last longer than the time limits of the pool, which parameters of the URL replace.
    const url = `${database.url}?statement_timeout=60000&query_timeout=60000`;
    const env = { DATABASE_URL: url, METRICS_TOKEN, DB_POOL_MAX: "2", DB_POOL_OVERFLOW: "0" };
    const small = await startApp(env);
    const locker = new pg.Client({ connectionString: database.url });
    await locker.connect();
    await locker.query("begin; lock table task");
    const headers = { Authorization: `Bearer ${ann.token}` };
    const list = () => request(small.url, "GET", "/api/tasks", { headers });
    const states = async () =>
      [...(await readMetrics(METRICS_TOKEN, small.url)).text.matchAll(/^tock_database_\w+ (\d+)$/gm)]
        .filter(([line]) => /connections|waiting/.test(line))
        .map(([line]) => line);
    const statesWith = (waiting: number) => [
      "tock_database_connections_in_use 2",
      "tock_database_connections_max 2",
      `tock_database_requests_waiting ${waiting}`,
    ];
    const lists = [list(), list()];
    await expect.poll(() => countLockWaits(database.url)).toBe(2);
    // The housekeeping of the start may wait too.
    const earlier = (await states()).includes("tock_database_requests_waiting 1") ? 1 : 0;
    expect(await states()).toEqual(statesWith(earlier));
    lists.push(list(), list(), list());
    await expect.poll(states).toEqual(statesWith(earlier + 3));
    await locker.query("commit");
    await locker.end();
    expect((await Promise.all(lists)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await small.stop();
  });

  it("needs METRICS_TOKEN, and is not found without it", async () => {
    expectError(await request(tock.url, "GET", "/metrics"), 401, "UNAUTHORIZED");
    expectError(await readMetrics(`${METRICS_TOKEN}x`), 401, "UNAUTHORIZED");
    expectError(await readMetrics(ann.token), 401, "UNAUTHORIZED");
    const without = await startApp();
    expectError(await request(without.url, "GET", "/metrics"), 404, "NOT_FOUND");
    await without.stop();
  });
});

describe("without a database", () => {
  it("/health/live answers 200, /health/ready 503, and both are logged only when they fail", async () => {
    const live = await request(tock.url, "GET", "/health/live");
    const ready = await request(tock.url, "GET", "/health/ready");
    expect([live.status, live.body, ready.status, ready.body]).toEqual([
      200,
      { status: "ok" },
      200,
      { status: "ok" },
    ]);
    await proxy.cutConnections();
    await expect.poll(async () => (await request(tock.url, "GET", "/health/ready")).status).toBe(503);
    const failed = await request(tock.url, "GET", "/health/ready");
    expect(failed.body).toEqual({ status: "error" });
    expect((await request(tock.url, "GET", "/health/live")).status).toBe(200);
    expect(await lineOf(failed)).toMatchObject({ route: "/health/ready", status: 503 });
    const logged = accessLines().map(({ requestId }) => requestId);
    expect(logged).not.toContain(live.headers.get("X-Request-Id"));
    expect(logged).not.toContain(ready.headers.get("X-Request-Id"));
  });
});
