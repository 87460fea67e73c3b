import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { ISO_TIME } from "../support/assertions.ts";
import { failedStart } from "../support/failed-start.ts";
import { claimsOf, forgeToken } from "../support/forge-credentials.ts";
import { createUser, PASSWORD, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

const LOCAL = "postgresql://tock:hidden-in-the-url@127.0.0.1:1/tock";

describe("an invalid environment stops the start with one line that names the variable", () => {
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

it("a port in use stops the start with one line that names the port", async () => {
  const { port } = new URL(tock.url);
  const { lines, code } = await failedStart({ DATABASE_URL: tock.databaseUrl, ...TEST_SECRETS, PORT: port });
  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "").msg).toContain(port);
  expect((await request(tock.url, "GET", "/health")).status).toBe(200);
});

it("an unreachable database stops the start with one line that contains no credentials", async () => {
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
    ["JSON object", JSON.stringify({ JWT_SECRET: secret, LOG_LEVEL: "info", PORT: "1" })],
    ["list of KEY=value lines", `# from the settings\n\nJWT_SECRET=${secret}\nPORT=1\r\n`],
  ])("in a %s sets the variables that the environment does not set", async (_, HF_SPACE_SECRETS) => {
    const app = await startApp({ DATABASE_URL: tock.databaseUrl, JWT_SECRET: "", HF_SPACE_SECRETS });
    try {
      const getTasks = (token: string) =>
        request(app.url, "GET", "/api/tasks", { headers: { Authorization: `Bearer ${token}` } });
      expect((await getTasks(forgeToken(claimsOf(ann.token), { secret }))).status).toBe(200);
      expect((await getTasks(ann.token)).status).toBe(401);
      expect(new URL(app.url).port).not.toBe("1");
    } finally {
      await app.stop();
    }
  });
});

/** Starts a sign-in whose body is not complete yet. @returns a function that sends the rest and reads the response */
async function openSignIn({ url }: AppServer, { email }: TestUser) {
  const body = JSON.stringify({ email, password: PASSWORD });
  const sent = httpRequest(`${url}/api/auth/signin`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      Expect: "100-continue",
    },
    agent: new Agent({ keepAlive: true }),
  });
  const responded = once(sent, "response");
  sent.flushHeaders();
  await once(sent, "continue");
  sent.write(body.slice(0, 10));
  return async () => {
    sent.end(body.slice(10));
    const [response] = await responded;
    let text = "";
    for await (const part of response) text += part;
    return { status: response.statusCode, body: JSON.parse(text) };
  };
}

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  it("fails /health, then closes the port, finishes accepted requests and exits with 0", async () => {
    const app = await startApp({ DATABASE_URL: tock.databaseUrl, SHUTDOWN_DELAY_MS: "3000" });
    // Leaves an idle connection, for which the server must not wait.
    await request(app.url, "GET", "/health");
    const finishSignIn = await openSignIn(app, ann);

    const exit = once(app.process, "exit");
    app.process.kill(signal);
    await expect.poll(() => app.log.join("\n")).toContain("shutting down");
    const [health, page] = await Promise.all([
      request(app.url, "GET", "/health"),
      request(app.url, "GET", "/signin"),
    ]);
    expect(health.status).toBe(503);
    expect(health.body).toStrictEqual({
      status: "error",
      database: "disconnected",
      timestamp: expect.stringMatching(ISO_TIME),
    });
    expect(health.headers.get("Connection")).toBe("close");
    expect(page.status).toBe(200);
    await waitFor(() => expect(request(app.url, "GET", "/health")).rejects.toThrow());

    const { status, body } = await finishSignIn();
    expect(status).toBe(200);
    expect(body.user.email).toBe(ann.email);
    expect(await exit).toEqual([0, null]);
    await app.stop();
    expect(app.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
