import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { hasRedis, startRedis } from "../support/redis-server.ts";
import { queryRows } from "../support/sql.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { createUser, signUp, type TestUser } from "../support/users.ts";
import { connectToWorkers, type WorkerClient, workerPids } from "../support/worker-clients.ts";

const TWO = { WEB_CONCURRENCY: "2" };
const LIMITS = { RATE_LIMIT_AUTH_PER_MINUTE: "5", RATE_LIMIT_TASKS_PER_MINUTE: "10" };

const bearer = ({ token }: Pick<TestUser, "token">) => ({ Authorization: `Bearer ${token}` });
const listTasks = (client: WorkerClient | undefined, user: TestUser) =>
  client?.send("GET", "/api/tasks", { headers: bearer(user) });
const countOf = (responses: ({ status: number } | undefined)[], status: number) =>
  responses.filter((response) => response?.status === status).length;

/** Sends `count` requests to list tasks over one connection, one after the other. */
async function listRepeatedly(client: WorkerClient | undefined, user: TestUser, count: number) {
  const responses = [];
  for (let sent = 0; sent < count; sent++) responses.push(await listTasks(client, user));
  return responses;
}

describe.runIf(process.platform === "linux")("two web processes", () => {
  let app: AppServer;
  let clients: WorkerClient[];
  beforeAll(async () => {
    app = await startApp({ ...TWO, ...LIMITS, TRUST_PROXY: "1" });
    clients = await connectToWorkers(app);
  });
  afterAll(async () => {
    for (const client of clients ?? []) client.close();
    await app?.stop();
  });

  it("both serve requests, and say that Tock is ready once", () => {
    expect(clients.map(({ pid }) => pid)).toEqual(workerPids(app));
    expect(new Set([app.process.pid, ...workerPids(app)]).size).toBe(3);
    expect(app.log.filter((line) => line.includes("Tock is ready"))).toHaveLength(1);
  });

  it("a sign-out on one ends the session on the other at once", async () => {
    for (let round = 0; round < 10; round++) {
      const user = await createUser(app);
      const [here, there] = round % 2 === 0 ? clients : [...clients].reverse();
      expect((await listTasks(there, user))?.status).toBe(200);
      const signOut = await here?.send("POST", "/api/auth/signout", { headers: bearer(user) });
      expect(signOut?.status).toBe(204);
      const response = await listTasks(there, user);
      if (response) expectError(response, 401, "AUTH_INVALID");
    }
  });

  it("allow exactly 5 of 20 concurrent password attempts from one address, and log the rejection with the worker", async () => {
    const address = "198.51.100.7";
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, sent) =>
        clients[sent % 2]?.send("POST", "/api/auth/signin", {
          body: { email: "unknown@example.org", password: "a wrong one" },
          headers: { "X-Forwarded-For": address },
        }),
      ),
    );
    expect([countOf(responses, 401), countOf(responses, 429)]).toEqual([5, 15]);
    const rejections = app.log.filter((line) => line.includes("rate limit exceeded"));
    expect(rejections).toHaveLength(1);
    expect(workerPids(app)).toContain(JSON.parse(rejections[0] ?? "").worker);
  });

  it("both answer /metrics with the requests, pools and rejections of both", async () => {
    const pool = { DB_POOL_MAX: "6", RATE_LIMIT_TASKS_PER_MINUTE: "4" };
    const METRICS_TOKEN = "metrics-token-of-the-tests-0123456789";
    const measured = await startApp({ ...TWO, ...pool, METRICS_TOKEN, DATABASE_URL: app.databaseUrl });
    const user = await createUser(app);
    const measuredClients = await connectToWorkers(measured);
    const metrics = async (client: WorkerClient) => {
      const headers = { Authorization: `Bearer ${METRICS_TOKEN}` };
      const { status, text } = await client.send("GET", "/metrics", { headers });
      const read = (name: string) =>
        Number(
          text
            .split("\n")
            .find((line) => line.startsWith(`${name} `))
            ?.split(" ")
            .at(-1),
        );
      const listed = 'tock_http_request_duration_seconds_count{method="GET",route="/api/tasks",status=';
      return {
        status,
        listed: read(`${listed}"200"}`),
        refused: read(`${listed}"429"}`),
        rejections: read('tock_rate_limited_total{limit="tasks"}'),
        connections: read("tock_database_connections_max"),
        isBreakerOpen: read("tock_circuit_breaker_open"),
      };
    };
    try {
      // Each worker allows half of four requests.
      for (const client of measuredClients) await listRepeatedly(client, user, 5);
      for (const client of measuredClients)
        expect(await metrics(client)).toEqual({
          status: 200,
          listed: 4,
          refused: 6,
          rejections: 6,
          connections: 6,
          isBreakerOpen: 0,
        });
      const concurrent = await Promise.all(
        measuredClients.flatMap((client) => [metrics(client), metrics(client)]),
      );
      expect(concurrent.map(({ status, listed }) => [status, listed])).toEqual(Array(4).fill([200, 4]));

      // A worker that ends takes its counters along; the others and its successor answer.
      const [first, second] = measuredClients;
      process.kill(first?.pid ?? 0, "SIGKILL");
      await expect.poll(() => measured.log.some((line) => line.includes("web process replaced"))).toBe(true);
      if (second) expect(await metrics(second)).toMatchObject({ status: 200, listed: 2, connections: 6 });
    } finally {
      for (const client of measuredClients) client.close();
      await measured.stop();
    }
  });

  it("divide the connections of the pool", async () => {
    const pool = { DB_POOL_MIN: "0", DB_POOL_MAX: "4", DB_POOL_OVERFLOW: "2" };
    const small = await startApp({ ...TWO, ...pool, RATE_LIMIT_TASKS_PER_MINUTE: "10000" });
    const user = await createUser(small);
    const locker = new pg.Client({ connectionString: small.databaseUrl });
    await locker.connect();
    let isLocked = true;
    const list = async () =>
      (await fetch(`${small.url}/api/tasks`, { headers: { ...bearer(user), Connection: "close" } })).status;
    const listWhileLocked = async () => {
      while (isLocked) await list();
    };
    const waiting = async () =>
      (
        await queryRows(
          small.databaseUrl,
          `select count(*)::int as n from pg_stat_activity
           where application_name = 'tock' and wait_event_type = 'Lock' and datname = current_database()`,
        )
      )[0].n;
    try {
      await locker.query("begin");
      await locker.query("lock table task");
      const clients = Array.from({ length: 24 }, listWhileLocked);
      await expect.poll(waiting).toBe(6);
      for (let sample = 0; sample < 10; sample++) {
        expect(await waiting()).toBeLessThanOrEqual(6);
        await sleep(30);
      }
      isLocked = false;
      await locker.query("commit");
      await Promise.all(clients);
      expect(await list()).toBe(200);
    } finally {
      isLocked = false;
      await locker.end();
      await small.stop();
    }
  });

  it("each allow half of a user's task requests without Redis", async () => {
    const user = await createUser(app);
    for (const client of clients) {
      const responses = await listRepeatedly(client, user, 7);
      expect([countOf(responses, 200), countOf(responses, 429)]).toEqual([5, 2]);
      expect(responses.at(-1)?.headers.get("RateLimit-Limit")).toBe("5");
    }
  });

  it.runIf(hasRedis)("share the limit of a user's task requests with Redis", async () => {
    const redis = await startRedis();
    const limited = await startApp({
      ...TWO,
      ...LIMITS,
      DATABASE_URL: app.databaseUrl,
      REDIS_URL: redis.url,
    });
    const user = await createUser(app);
    const limitedClients = await connectToWorkers(limited);
    try {
      const both = await Promise.all(limitedClients.map((client) => listRepeatedly(client, user, 10)));
      expect([countOf(both.flat(), 200), countOf(both.flat(), 429)]).toEqual([10, 10]);
    } finally {
      for (const client of limitedClients) client.close();
      await limited.stop();
      await redis.kill();
    }
  });
});

it("the default is one process without children", async () => {
  const app = await startApp(WITHOUT_COVERAGE);
  try {
    expect(workerPids(app)).toEqual([]);
    const parents = execFileSync("ps", ["-A", "-o", "ppid="], { encoding: "utf8" }).trim().split(/\s+/);
    expect(parents).not.toContain(`${app.process.pid}`);
    expect(app.log.every((line) => JSON.parse(line).worker === undefined)).toBe(true);
  } finally {
    expect(await app.stop()).toBe(0);
  }
});

it("the primary runs housekeeping once for all workers", async () => {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  await queryRows(
    database.url,
    `create table cleaning (process text);
     create function record() returns trigger language plpgsql as
       $$ begin insert into cleaning values (pg_backend_pid()); return null; end $$;
     create trigger record after delete on session for each statement execute function record()`,
  );
  const app = await startApp({ ...TWO, DATABASE_URL: database.url });
  try {
    await expect.poll(() => queryRows(database.url, "select * from cleaning")).toHaveLength(1);
    const clients = await connectToWorkers(app);
    for (const client of clients) client.close();
    expect(await queryRows(database.url, "select * from cleaning")).toHaveLength(1);
  } finally {
    await app.stop();
    await database.drop();
  }
});

it("an unconfigured start with two workers starts one database and generates the secrets once", async () => {
  const dataDir = await temporaryFolder();
  const secrets = { JWT_SECRET: "", SESSION_SECRET: "", BETTER_AUTH_SECRET: "" };
  const app = await startApp({ ...TWO, ...secrets, DATABASE_URL: "", DATA_DIR: dataDir });
  try {
    const user = await signUp(app.url);
    const clients = await connectToWorkers(app);
    for (const client of clients) expect((await listTasks(client, user))?.status).toBe(200);
    for (const client of clients) client.close();
    for (const message of ["embedded database started", "database schema migrated"])
      expect(app.log.filter((line) => line.includes(message))).toHaveLength(1);
  } finally {
    expect(await app.stop()).toBe(0);
    await cleanUp();
  }
});
