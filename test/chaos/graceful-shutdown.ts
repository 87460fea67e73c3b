import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, type ClientRequest, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type AppServer, startApp, UNLIMITED_RATES } from "../support/app-server.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { signUp, type TestUser } from "../support/users.ts";
import { runWithCleanup } from "./environment.ts";
import { createResultLog, type Outcome, type ResultLog, summarize } from "./results.ts";
import { checkSummary, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";

const LOAD_MS = 400;
const CLIENT_TIMEOUT_MS = 15_000;
const PROBE_INTERVAL_MS = 20;
/** Longer than the default, because the probes of /health run in the same busy process as all clients. */
const DELAY_MS = 1_500;
/** Docker sends SIGKILL 10 s after SIGTERM, and the default delay is 500 ms. */
const EXIT_BOUND_MS = 10_000 + DELAY_MS - 500;

/** The port was closed before the request was accepted. */
const NOT_ACCEPTED = "not accepted";

interface Target {
  url: string;
  user: TestUser;
}

function startRequest({ url, user }: Target, body: string, agent: Agent | false): ClientRequest {
  return request(`${url}/api/tasks`, {
    method: "POST",
    agent,
    headers: {
      Authorization: `Bearer ${user.token}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      ...(agent === false && { Expect: "100-continue" }),
    },
  });
}

/**
 * Creates a task over node:http. Without an agent it opens a connection and sends `Expect: 100-continue`. The server's
 * 100 proves that it accepted the request. Before it a reset may come from the kernel, which resets the connections in
 * the backlog when the port closes.
 */
function createTask(target: Target, agent: Agent | false): Promise<Outcome> {
  const title = `task ${randomUUID()}`;
  const body = JSON.stringify({ title });
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const end = (code: string) => resolve({ startedAt, endedAt: Date.now(), code, title });
    let accepted = agent !== false;
    const sent = startRequest(target, body, agent);
    sent.on("continue", () => {
      accepted = true;
      sent.end(body);
    });
    sent.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (!accepted) end(NOT_ACCEPTED);
      else end(`${code ?? message}${sent.reusedSocket ? " on a kept connection" : ""}`);
    });
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("error", ({ code }: NodeJS.ErrnoException) => end(`${code} in the response`));
      response.on("end", () => {
        if (response.statusCode === 201) end("ok");
        else end(/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? `${response.statusCode}`);
      });
    });
    sent.setTimeout(CLIENT_TIMEOUT_MS, () => sent.destroy(new Error("timeout")));
    if (agent === false) sent.flushHeaders();
    else sent.end(body);
  });
}

/** Sends requests until `signal` is aborted or one fails. A request that the server did not accept is not a failure. */
async function runClient(target: Target, agent: Agent | false, signal: AbortSignal, results: ResultLog) {
  while (!signal.aborted) {
    const outcome = await createTask(target, agent);
    if (outcome.code === NOT_ACCEPTED) return;
    results.add(outcome);
    if (outcome.code !== "ok") return;
  }
}

/**
 * A load balancer: probes /health until its status is not 200.
 * @returns the time and the status
 * @throws TypeError if the port is closed before a probe fails
 */
async function waitUntilUnhealthy(url: string): Promise<{ at: number; status: number }> {
  for (;;) {
    const { status } = await fetch(`${url}/health`);
    if (status !== 200) return { at: Date.now(), status };
    await sleep(PROBE_INTERVAL_MS);
  }
}

interface Exit {
  code: number | null;
  ms: number;
  /** The time from SIGTERM to the first answer of /health that was not 200. */
  unhealthyMs: number;
  unhealthyStatus: number;
}

/**
 * Sends SIGTERM under load. Three of four clients keep their connections and sit behind a load balancer: they stop when
 * /health fails. The others open a connection for each request and go on until the port is closed.
 */
async function shutDownUnderLoad(app: AppServer, user: TestUser, clients: number, results: ResultLog) {
  const target = { url: app.url, user };
  const agent = new Agent({ keepAlive: true });
  const balanced = new AbortController();
  const exited = new AbortController();
  const unhealthy = waitUntilUnhealthy(app.url);
  const running = Array.from({ length: clients }, (_, index) =>
    index % 4 === 0
      ? runClient(target, false, exited.signal, results)
      : runClient(target, agent, balanced.signal, results),
  );
  await sleep(LOAD_MS);
  const exit = once(app.process, "exit");
  const signalledAt = Date.now();
  app.process.kill("SIGTERM");
  const { at, status } = await unhealthy;
  balanced.abort();
  const [code] = await exit;
  const ms = Date.now() - signalledAt;
  exited.abort();
  await Promise.all(running);
  agent.destroy();
  return { code, ms, unhealthyMs: at - signalledAt, unhealthyStatus: status } as Exit;
}

/** SIGTERM under load, on kept connections and on new ones: no accepted request may be lost. */
export const shutdownUnderLoad = (
  options: ScenarioOptions,
  env: Record<string, string> = {},
): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const { rounds, writers, onProgress, bounds } = options;
    const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
    defer(() => database.drop());
    const results = createResultLog();
    const exits: Exit[] = [];
    const errorLines: string[] = [];
    let user: TestUser | undefined;
    let app: AppServer | undefined;
    defer(() => app?.stop("SIGKILL"));
    for (let round = 1; round <= rounds; round++) {
      app = await startApp({
        DATABASE_URL: database.url,
        ...UNLIMITED_RATES,
        SHUTDOWN_DELAY_MS: String(DELAY_MS),
        ...env,
      });
      user ??= await signUp(app.url);
      const exit = await shutDownUnderLoad(app, user, writers, results);
      exits.push(exit);
      errorLines.push(...app.log.filter((line) => /"level":"(error|fatal)"/.test(line)));
      const lost = results.outcomes.filter(({ code }) => code !== "ok").length;
      onProgress(
        `SIGTERM ${round}/${rounds}: exit ${exit.code} after ${exit.ms} ms, ${lost} requests lost so far`,
      );
    }
    if (!app) throw new Error("the scenario needs at least one round");
    const summary = await summarize(results, app, database.url);
    const checks = checkSummary(summary, bounds);
    checks.check(summary.failed === 0, `${summary.failed} accepted requests lost`);
    checks.check(errorLines.length === 0, `errors in the log: ${errorLines[0]}`);
    const slowestMs = Math.max(...exits.map(({ ms }) => ms));
    checks.atMost("exit (ms)", slowestMs, EXIT_BOUND_MS);
    for (const { code, unhealthyStatus } of exits) {
      checks.check(code === 0, `exit code ${code}`);
      checks.check(unhealthyStatus === 503, `/health answered ${unhealthyStatus} after SIGTERM`);
    }
    const notes = [
      `${rounds} exits, the slowest after ${slowestMs} ms`,
      `/health failed after ${Math.max(...exits.map(({ unhealthyMs }) => unhealthyMs))} ms at most`,
    ];
    return { scenario: "SIGTERM under load", ...summary, notes, violations: checks.violations };
  });
