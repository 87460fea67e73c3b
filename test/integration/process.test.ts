import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { builtServer } from "#app/ensure-build.js";
import { type AppServer, startApp, TEST_SECRETS, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { claimsOf, forgeToken } from "../support/forge-credentials.ts";
import { createUser, PASSWORD, request, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

/** Runs the built server until it gives up. @returns every line it wrote, and its exit code */
async function failedStart(env: Record<string, string>): Promise<{ lines: string[]; code: number }> {
  const child = spawn(process.execPath, [builtServer], {
    env: { PATH: process.env.PATH, NODE_ENV: "production", PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += bytes));
  const [code] = await once(child, "close");
  return { lines: text.split("\n").filter((line) => line !== ""), code };
}

const LOCAL = "postgresql://tock:hidden-in-the-url@127.0.0.1:1/tock";

describe("a bad environment stops the start with one line that names the variable", () => {
  const COMPLETE = { DATABASE_URL: LOCAL, ...TEST_SECRETS };
  it.concurrent.each<[string, Record<string, string>]>([
    ["PORT", { ...COMPLETE, PORT: "http" }],
    ["JWT_SECRET", { ...COMPLETE, JWT_SECRET: "" }],
    ["SESSION_SECRET", { ...COMPLETE, SESSION_SECRET: `${TEST_SECRETS.SESSION_SECRET},too short` }],
    [
      "DATABASE_URL",
      { ...COMPLETE, DATABASE_URL: "postgresql://tock:hidden-in-the-url@db.example.org/tock" },
    ],
    ["DATABASE_URL", { ...COMPLETE, DATABASE_URL: "mysql://tock:hidden-in-the-url@localhost/tock" }],
    ["HF_SPACE_SECRETS", { ...COMPLETE, HF_SPACE_SECRETS: "{ not json" }],
  ])("%s %#", async (name, env) => {
    const { lines, code } = await failedStart(env);
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "fatal",
      msg: expect.stringMatching(new RegExp(`^${name}: .{10,}`)),
    });
    for (const secret of ["hidden-in-the-url", "too short", ...Object.values(TEST_SECRETS)])
      expect(lines[0]).not.toContain(secret);
  });
});

it("a port in use stops the start with one line that names it", async () => {
  const { port } = new URL(tock.url);
  const { lines, code } = await failedStart({ DATABASE_URL: tock.databaseUrl, ...TEST_SECRETS, PORT: port });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "").msg).toContain(port);
  expect((await request(tock.url, "GET", "/health")).status).toBe(200);
});

it("a database that is not there stops the start with one line, and gives nothing away", async () => {
  const { lines, code } = await failedStart({
    ...TEST_SECRETS,
    DATABASE_URL: LOCAL,
    DB_POOL_TIMEOUT_MS: "500",
  });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "").msg).toMatch(/database|connect/i);
  expect(lines[0]).not.toContain("hidden-in-the-url");
});

describe("HF_SPACE_SECRETS", () => {
  const secret = "a secret from the Space's settings 01234";
  it.each([
    ["a JSON object", JSON.stringify({ JWT_SECRET: secret, LOG_LEVEL: "info", PORT: "1" })],
    ["KEY=value lines", `# from the settings\n\nJWT_SECRET=${secret}\nPORT=1\r\n`],
  ])("as %s is merged in underneath the real variables", async (_, HF_SPACE_SECRETS) => {
    const space = await startApp({ DATABASE_URL: tock.databaseUrl, JWT_SECRET: "", HF_SPACE_SECRETS });
    try {
      const answer = (token: string) =>
        request(space.url, "GET", "/api/tasks", { headers: { Authorization: `Bearer ${token}` } });
      expect((await answer(forgeToken(claimsOf(ann.token), { secret }))).status).toBe(200);
      expect((await answer(ann.token)).status).toBe(401);
      expect(new URL(space.url).port).not.toBe("1");
    } finally {
      await space.stop();
    }
  });
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  it("takes nothing new, finishes what was accepted, and exits with 0", async () => {
    const leaving = await startApp({ DATABASE_URL: tock.databaseUrl });
    // Idle, and kept alive by the client: nothing to wait for.
    await request(leaving.url, "GET", "/health");
    const { hostname, port } = new URL(leaving.url);
    const body = JSON.stringify({ email: ann.email, password: PASSWORD });
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      Expect: "100-continue",
    };
    const sent = httpRequest({
      hostname,
      port,
      method: "POST",
      path: "/api/auth/signin",
      headers,
      agent: new Agent({ keepAlive: true }),
    });
    const answered = once(sent, "response");
    sent.flushHeaders();
    await once(sent, "continue");
    sent.write(body.slice(0, 10));

    const ended = once(leaving.process, "exit");
    leaving.process.kill(signal);
    await vi.waitFor(() => expect(leaving.log.join("\n")).toContain("stopping"), { timeout: 5_000 });
    await vi.waitFor(() => expect(request(leaving.url, "GET", "/health")).rejects.toThrow(), {
      timeout: 5_000,
    });
    sent.end(body.slice(10));
    const [response] = await answered;
    let text = "";
    for await (const part of response) text += part;
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(text).user.email).toBe(ann.email);
    expect(await ended).toEqual([0, null]);
    await leaving.stop();
    expect(leaving.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});

it("what a Tock kept, the next one on the same database serves: accounts, sessions and tasks", async () => {
  const first = await startApp({ ...WITHOUT_COVERAGE, DATABASE_URL: tock.databaseUrl });
  const { id } = (
    await request(first.url, "POST", "/api/tasks", {
      body: { title: "kept" },
      headers: { Authorization: `Bearer ${ann.token}` },
    })
  ).body;
  expect(await first.stop()).toBe(0);
  expect((await ann.viaCookie("GET", `/api/tasks/${id}`)).body.title).toBe("kept");
});
