import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "#db/embedded/free-port.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, expectNoContent } from "../support/assertions.ts";
import { type Caddy, hasCaddy, startCaddy } from "../support/caddy.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { cookiesAfter, createUser, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

const QUOTA = 3;
const UNKNOWN = { email: "unknown@example.org", password: "a wrong one" };

let database: TestDatabase;
let proxy: DatabaseProxy;
let ports: number[];
let starts: Promise<AppServer>[] = [];
let instances: AppServer[];
let user: TestUser;

const startInstance = (port: number, env: Record<string, string> = {}) =>
  startApp({
    DATABASE_URL: proxy.url,
    PORT: String(port),
    TRUST_PROXY: "1",
    RATE_LIMIT_AUTH_PER_MINUTE: "5",
    ACCESS_LOG: "true",
    // Longer than Caddy needs to notice on a busy machine.
    SHUTDOWN_DELAY_MS: "2000",
    ...env,
  });

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  ports = [await findFreePort(), await findFreePort()];
  starts = ports.map((port) => startInstance(port, { TASKS_PER_USER_MAX: `${QUOTA}` }));
  instances = await Promise.all(starts);
  user = await createUser({ url: baseOf(0), databaseUrl: database.url });
});
afterAll(async () => {
  await Promise.allSettled(starts.map(async (start) => (await start).stop("SIGKILL")));
  await proxy?.close();
  await database?.drop();
});

/** The base URL of an instance: of the first one for even numbers, of the second one for odd ones. */
const baseOf = (number: number): string => `http://127.0.0.1:${ports[number % 2]}`;
const newUser = () => createUser({ url: baseOf(0), databaseUrl: database.url });
const bearer = ({ token }: TestUser) => ({ Authorization: `Bearer ${token}` });
const sameOrigin = ({ cookie }: TestUser) => ({ Cookie: cookie, "Sec-Fetch-Site": "same-origin" });
const submit = (base: string, path: string, { cookie }: TestUser, fields: Record<string, string>) =>
  request(base, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "Sec-Fetch-Site": "same-origin",
      Cookie: cookie,
    },
  });
/** Sends requests at once, to the two instances in turn. */
const together = <T>(count: number, send: (base: string) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, number) => send(baseOf(number))));
const statusesOf = (responses: { status: number }[]) => responses.map(({ status }) => status).sort();

describe("two instances on one database", () => {
  it("that start at once on an empty database migrate it once", async () => {
    const migrated = instances.flatMap(({ log }) => log.filter((line) => line.includes("schema migrated")));
    expect(migrated).toHaveLength(1);
    for (const { log } of instances)
      expect(log.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
  });

  it("reject a session at once that has ended at the other one", async () => {
    for (const round of [0, 1]) {
      const ended = await newUser();
      const list = (headers: Record<string, string>) =>
        request(baseOf(round + 1), "GET", "/api/tasks", { headers });
      expect((await list(bearer(ended))).status).toBe(200);
      expectNoContent(
        await request(baseOf(round), "POST", "/api/auth/signout", { headers: sameOrigin(ended) }),
      );
      expectError(await list(bearer(ended)), 401, "AUTH_INVALID");
      expectError(await list(sameOrigin(ended)), 401, "AUTH_INVALID");
    }
  });

  it("allow exactly five of twelve concurrent password attempts from one address", async () => {
    const headers = { "X-Forwarded-For": "198.51.100.7" };
    const responses = await together(12, (base) =>
      request(base, "POST", "/api/auth/signin", { body: UNKNOWN, headers }),
    );
    expect(statusesOf(responses)).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
  });

  it("keep the quota exactly, and one task per idempotency key", async () => {
    const one = await newUser();
    const add = (base: string, headers = {}) =>
      request(base, "POST", "/api/tasks", { body: { title: "A" }, headers: { ...bearer(one), ...headers } });
    const repeated = { "Idempotency-Key": randomUUID() };
    const copies = await together(6, (base) => add(base, repeated));
    expect(new Set(copies.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const responses = await together(12, add);
    expect(statusesOf(responses)).toEqual([...Array(QUOTA - 1).fill(201), ...Array(13 - QUOTA).fill(422)]);
  });

  it("restore a task once that was deleted at the other one", async () => {
    const one = await newUser();
    const headers = bearer(one);
    const { id } = (await request(baseOf(0), "POST", "/api/tasks", { body: { title: "A" }, headers })).body;
    const deleted = await submit(baseOf(0), `/tasks/${id}/delete`, one, { return_to: "/dashboard" });
    const page = await request(baseOf(1), "GET", "/dashboard", {
      headers: { Cookie: cookiesAfter(deleted, one.cookie) },
    });
    expect(page.text).toMatch(/Task deleted\..*name="intent" value="restore"/s);
    const fields = { intent: "restore", id: String(id) };
    const restored = await together(6, (base) => submit(base, "/dashboard", one, fields));
    expect(statusesOf(restored)).toEqual(Array(6).fill(302));
    const { body } = await request(baseOf(0), "GET", "/api/tasks", { headers });
    expect(body.data).toEqual([expect.objectContaining({ id, title: "A" })]);
  });
});

const requestsOf = ({ log }: AppServer, route: string) =>
  log.map((line) => JSON.parse(line)).filter((line) => line.event === "request" && line.route === route);

describe.skipIf(!hasCaddy)("two instances behind Caddy (needs caddy)", () => {
  let caddy: Caddy;
  beforeAll(async () => {
    caddy = await startCaddy([baseOf(0), baseOf(1)]);
  });
  afterAll(() => caddy?.stop());

  it("share the requests, and see the address that Caddy saw", async () => {
    for (let sent = 0; sent < 4; sent++)
      expect((await request(caddy.url, "GET", "/api/auth/profile", { headers: bearer(user) })).status).toBe(
        200,
      );
    // Lines of the access log are written once a second.
    await waitFor(() =>
      expect(instances.map((instance) => requestsOf(instance, "/api/auth/profile").length)).toEqual([2, 2]),
    );
    const headers = { "X-Forwarded-For": "203.0.113.9" };
    const response = await request(caddy.url, "POST", "/api/auth/signin", { body: UNKNOWN, headers });
    const requestId = response.headers.get("X-Request-Id") ?? "";
    const isRefusal = (line: string) => line.includes('"sign_in_refused"') && line.includes(requestId);
    const [refusal = "{}"] = instances.flatMap(({ log }) => log.filter(isRefusal));
    expect(JSON.parse(refusal).address).toBe("127.0.0.1");
  });

  /** Adds, completes, lists and deletes tasks in a loop until stopped. */
  function startLoad() {
    const created: number[] = [];
    const failures: string[] = [];
    let isStopped = false;
    const send = async (expected: number, method: string, path: string, body?: unknown) => {
      const response = await request(caddy.url, method, path, { body, headers: bearer(user) }).catch(String);
      if (typeof response !== "string" && response.status === expected) return response.body;
      failures.push(`${method} ${path}: ${typeof response === "string" ? response : response.text}`);
    };
    const run = async () => {
      while (!isStopped) {
        await pause(10);
        const task = await send(201, "POST", "/api/tasks", { title: "Under load" });
        if (!task) continue;
        created.push(task.id);
        await send(200, "PATCH", `/api/tasks/${task.id}/complete`, { completed: true });
        await send(200, "GET", `/api/tasks/${task.id}`);
        await send(204, "DELETE", `/api/tasks/${task.id}`);
      }
    };
    const clients = [run(), run()];
    const stop = async () => {
      isStopped = true;
      await Promise.all(clients);
      return failures;
    };
    return { created, stop };
  }

  /** Waits until Caddy sends requests to every instance: the others must serve while one restarts. */
  async function allServe(): Promise<void> {
    const requestCounts = () => instances.map((instance) => requestsOf(instance, "/api/tasks").length);
    const before = requestCounts();
    await waitFor(() => {
      for (const [index, count] of requestCounts().entries())
        expect(count).toBeGreaterThan(before[index] as number);
    });
  }

  async function restart(index: number): Promise<void> {
    expect(await instances[index]?.stop()).toBe(0);
    const start = startInstance(ports[index] as number);
    starts.push(start);
    instances[index] = await start;
  }

  // Before the outage: Caddy sends requests to an instance again only some time after that is ready.
  it("restart one after the other under load without a failed or doubled request", async () => {
    const load = startLoad();
    let failures: string[] = [];
    try {
      for (const index of [0, 1]) {
        await allServe();
        await restart(index);
      }
    } finally {
      failures = await load.stop();
    }
    expect(failures.join("\n")).toBe("");
    expect(new Set(load.created).size).toBe(load.created.length);
    // A doubled request would leave a task.
    expect(await queryRows(database.url, "select * from task where user_id = $1", [user.id])).toEqual([]);
  });

  it("show their own page while the database is unreachable, and serve again afterwards", async () => {
    await proxy.cutConnections();
    // Both have reported it to Caddy, which would send requests to neither.
    await waitFor(() => {
      for (const instance of instances)
        expect(requestsOf(instance, "/health/ready").map(({ status }) => status)).toContain(503);
    });
    const rejected = await submit(caddy.url, "/dashboard", user, { intent: "add", title: "Typed with care" });
    expect(rejected.status).toBe(500);
    for (const kept of ["Typed with care", "Your tasks are safe"]) expect(rejected.text).toContain(kept);
    await proxy.heal();
    await waitFor(async () =>
      expect((await request(caddy.url, "GET", "/api/tasks", { headers: bearer(user) })).status).toBe(200),
    );
  });
});

describe.skipIf(!hasCaddy)("two instances behind Caddy with a long wait (needs caddy)", () => {
  const TRY_SECONDS = 40;
  let caddy: Caddy;
  beforeAll(async () => {
    caddy = await startCaddy([baseOf(0), baseOf(1)], { trySeconds: TRY_SECONDS });
  });
  afterAll(() => caddy?.stop());

  it("answer /health without that wait while the database is unreachable", async () => {
    const failedProbes = () => instances.map((instance) => requestsOf(instance, "/health/ready").length);
    await proxy.cutConnections();
    try {
      // Until the outage ends: an answer, or a log line, of before would say nothing.
      await waitFor(async () => {
        for (const number of [0, 1])
          expect((await request(baseOf(number), "GET", "/health/ready")).status).toBe(503);
      });
      const before = failedProbes();
      // Caddy has asked each instance and would send a page request to neither.
      await waitFor(() => {
        for (const [index, count] of failedProbes().entries())
          expect(count).toBeGreaterThan(before[index] as number);
      });
      for (const path of ["/health", "/health/ready"]) {
        const startedAt = performance.now();
        const response = await request(caddy.url, "GET", path);
        expect(response.status).toBe(503);
        expect(response.headers.get("X-Request-Id")).toBeTruthy();
        expect(performance.now() - startedAt).toBeLessThan((TRY_SECONDS * 1000) / 2);
      }
    } finally {
      await proxy.heal();
    }
  });
});
