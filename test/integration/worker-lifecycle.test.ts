import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, get, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processExists } from "#db/embedded/processes.ts";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { failedStart } from "../support/failed-start.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, request, type TestUser } from "../support/users.ts";
import { connectToWorkers, workerPids } from "../support/worker-clients.ts";

let database: TestDatabase;
let user: TestUser;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  user = await createUser({ url: "", databaseUrl: database.url });
});
afterAll(() => database?.drop());

const startTwo = (env: Record<string, string> = {}) =>
  startApp({ WEB_CONCURRENCY: "2", DATABASE_URL: database.url, ...env });
const headers = () => ({ Authorization: `Bearer ${user.token}` });
const listTasks = (app: AppServer) => request(app.url, "GET", "/api/tasks", { headers: headers() });
const parsed = (app: AppServer, message: string) =>
  app.log.filter((line) => line.includes(message)).map((line) => JSON.parse(line));
const gone = (pids: number[]) => expect.poll(() => pids.filter(processExists)).toEqual([]);

describe.runIf(process.platform === "linux")("a worker that is killed", () => {
  it("is replaced at once while the other one serves, and later deaths wait longer", async () => {
    const app = await startTwo();
    try {
      const [first, kept] = workerPids(app);
      const [, keptClient] = await connectToWorkers(app);
      let victim = first ?? 0;
      for (const [deaths, delayMs] of [0, 250, 500].entries()) {
        process.kill(victim, "SIGKILL");
        expect((await keptClient?.send("GET", "/api/tasks", { headers: headers() }))?.status).toBe(200);
        await expect.poll(() => parsed(app, "web process replaced")).toHaveLength(deaths + 1);
        expect(parsed(app, "web process ended").at(-1)).toMatchObject({
          level: "error",
          worker: victim,
          signal: "SIGKILL",
          delayMs,
        });
        victim = parsed(app, "web process replaced").at(-1).worker;
      }
      const clients = await connectToWorkers(app, [kept ?? 0, victim]);
      for (const client of [...clients, keptClient]) {
        expect((await client?.send("GET", "/api/tasks", { headers: headers() }))?.status).toBe(200);
        client?.close();
      }
    } finally {
      expect(await app.stop()).toBe(0);
    }
    const replacements = parsed(app, "web process replaced").map(({ worker }) => worker);
    await gone([...workerPids(app), ...replacements]);
  });
});

/** Starts a request whose body is not complete yet. @returns a function that sends the rest and returns the status, or the error's code */
async function openCreate(app: AppServer) {
  const body = JSON.stringify({ title: "sent slowly" });
  const length = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const sent = httpRequest(`${app.url}/api/tasks`, {
    method: "POST",
    headers: { ...headers(), ...length, Expect: "100-continue" },
    agent: new Agent({ keepAlive: true }),
  });
  const ended = once(sent, "response").then(
    ([response]): number => response.resume().statusCode,
    (error): string => error.code,
  );
  sent.flushHeaders();
  await once(sent, "continue");
  sent.write(body.slice(0, 5));
  return () => {
    sent.end(body.slice(5));
    return ended;
  };
}

/** Sends requests on new connections, one after the other, until the port is closed. */
async function requestUntilClosed(app: AppServer): Promise<void> {
  for (let code: unknown; code !== "ECONNREFUSED"; ) {
    await sleep(20);
    const sent = get(`${app.url}/health`, { agent: false });
    code = await once(sent, "response").then(
      ([response]) => response.resume().statusCode,
      (error) => error.code,
    );
  }
}

describe("two web processes", () => {
  it("complete their accepted requests after Ctrl-C, which signals the primary and the workers", async () => {
    const app = await startTwo({ SHUTDOWN_DELAY_MS: "3000" });
    const finish = [await openCreate(app), await openCreate(app)];
    const exit = once(app.process, "exit");
    for (const pid of [app.process.pid ?? 0, ...workerPids(app)]) process.kill(pid, "SIGINT");
    await expect.poll(() => parsed(app, "shutting down")).toHaveLength(3);
    const health = await request(app.url, "GET", "/health");
    expect([health.status, health.headers.get("Connection")]).toEqual([503, "close"]);
    // A connection that waited for the end of the primary would keep this test from finishing its requests in time.
    await Promise.all(Array.from({ length: 16 }, () => requestUntilClosed(app)));
    expect(await Promise.all(finish.map((end) => end()))).toEqual([201, 201]);
    expect(await exit).toEqual([0, null]);
    await app.stop();
    expect(app.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  it("end at once after a second signal, with exit code 1", async () => {
    const app = await startTwo();
    const finish = await openCreate(app);
    const exit = once(app.process, "exit");
    app.process.kill("SIGTERM");
    // From the moment at which the first signal was handled, a later one within 500 ms counts as the same.
    await expect.poll(() => app.log.join("\n")).toContain("shutting down");
    await sleep(700);
    app.process.kill("SIGTERM");
    expect(await exit).toEqual([1, null]);
    await gone(workerPids(app));
    expect(await finish()).toMatch(/ECONNRESET|EPIPE/);
    await app.stop();
  });

  it("end when the primary is killed", async () => {
    const app = await startTwo();
    expect((await listTasks(app)).status).toBe(200);
    await app.stop("SIGKILL");
    await gone(workerPids(app));
    await expect(listTasks(app)).rejects.toThrow();
  });
});

/** The processes that a process has started. Linux only. */
const childrenOf = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean);

it.runIf(process.platform === "linux")(
  "SIGTERM while later web processes start ends all of them and replaces none",
  async () => {
    const env = { ...TEST_SECRETS, DATABASE_URL: database.url, WEB_CONCURRENCY: "4" };
    const { lines, code } = await failedStart(env, async (pid) => {
      await expect.poll(() => childrenOf(pid), { interval: 5 }).toHaveLength(4);
      process.kill(pid, "SIGTERM");
    });
    expect(code).toBe(0);
    const messages = lines.map((line) => JSON.parse(line).msg);
    expect(messages).toContain("shutdown complete");
    expect(messages).not.toContain("web process ended unexpectedly, replacing it");
    expect(messages).not.toContain("Tock is ready");
  },
);

describe("a start with two web processes that cannot succeed logs one line and exits with 1", () => {
  const COMPLETE = { ...TEST_SECRETS, WEB_CONCURRENCY: "2" };
  it.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ["PORT", () => ({ DATABASE_URL: database.url, PORT: "http" })],
    ["WEB_CONCURRENCY", () => ({ DATABASE_URL: database.url, WEB_CONCURRENCY: "many" })],
    ["HOST", () => ({ DATABASE_URL: database.url, HOST: "192.0.2.1" })],
    ["DATABASE_URL", () => ({ DATABASE_URL: "postgresql://tock@127.0.0.1:1/tock" })],
  ])("%s", async (name, env) => {
    const { lines, code } = await failedStart({ ...COMPLETE, ...(await env()) });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "fatal",
      msg: expect.stringMatching(new RegExp(`^${name}: .{10,}`)),
    });
    expect(code).toBe(1);
  });

  it("PORT in use", async () => {
    const app = await startApp({ DATABASE_URL: database.url });
    try {
      const { port } = new URL(app.url);
      const { lines, code } = await failedStart({ ...COMPLETE, DATABASE_URL: database.url, PORT: port });
      expect([lines.length, code]).toEqual([1, 1]);
      expect(JSON.parse(lines[0] ?? "").msg).toContain(`${port} is in use`);
    } finally {
      await app.stop();
    }
  });
});
