import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { startApp } from "../support/app-server.ts";
import { createTestDatabase, runtimeUrlOf } from "../support/test-database.ts";
import { signUp } from "../support/users.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type ChaosEnvironment, type Defer, runWithCleanup } from "./environment.ts";
import { connectObserver, countBackends } from "./postgres-control.ts";
import { createResultLog, summarize } from "./results.ts";
import { checkSummary, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { attempt, createTaskRequest } from "./traffic.ts";

const RESPONSE_BOUND_MS = 30_000;
const COUNT_INTERVAL_MS = 20;
const IDLE_TIMEOUT_MS = 25_000;

/** Counts backends at an interval. */
function trackPeakBackends(client: pg.Client) {
  let peak = 0;
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      peak = Math.max(peak, await countBackends(client));
      await sleep(COUNT_INTERVAL_MS);
    }
  })();
  return {
    /** Waits until `count` backends were seen, or the wait fails: the report names the peak. */
    reach: (count: number) => waitUntil(() => peak >= count).catch(() => undefined),
    async stop() {
      stopping = true;
      await running;
      return peak;
    },
  };
}

/** Starts a server whose statements may wait for a lock as long as the connections of the pool take to open. */
async function withLockableDatabase(defer: Defer, env: Record<string, string>): Promise<ChaosEnvironment> {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  defer(() => database.drop());
  // Parameters of the URL replace the time limits of the pool.
  const url = `${runtimeUrlOf(database.url)}?statement_timeout=60000&query_timeout=60000`;
  const app = await startApp({ DATABASE_URL: url, ...env });
  defer(() => app.stop());
  return { app, databaseUrl: database.url, user: await signUp(app.url) };
}

/** Locks the task table against writes, so that requests queue for connections. @returns a function that unlocks it */
async function blockWrites(databaseUrl: string, defer: Defer): Promise<() => Promise<unknown>> {
  const client = await connectObserver(databaseUrl, RESPONSE_BOUND_MS);
  defer(() => client.end());
  await client.query("begin; lock table task in exclusive mode");
  return () => client.query("commit");
}

interface Burst {
  scenario: string;
  requests: number;
  /** The connections that the pool may open, and must use. */
  maxBackends: number;
}

/** Sends all requests at once. Checks that each succeeds and that the pool opens exactly `maxBackends` connections. */
async function sendBurst(
  { app, user, databaseUrl }: ChaosEnvironment,
  { scenario, requests, maxBackends }: Burst,
  { onProgress, bounds }: ScenarioOptions,
  defer: Defer,
) {
  const client = await connectObserver(databaseUrl, RESPONSE_BOUND_MS);
  defer(() => client.end());
  const unlock = await blockWrites(databaseUrl, defer);
  const backends = trackPeakBackends(client);
  onProgress(`${requests} concurrent requests`);
  const results = createResultLog();
  const sent = Promise.all(
    Array.from({ length: requests }, () => createTaskRequest(app.url, user).then(results.add)),
  );
  await backends.reach(maxBackends);
  await unlock();
  // While requests still wait for connections.
  const health = attempt(`${app.url}/health`);
  await sent;
  const peak = await backends.stop();
  const summary = await summarize(results, app, databaseUrl);
  const checks = checkSummary(summary, { ...bounds, responseMs: RESPONSE_BOUND_MS });
  checks.check(summary.failed === 0, `${summary.failed} requests failed`);
  checks.atMost("backends", peak, maxBackends);
  checks.check(peak === maxBackends, `only ${peak} of ${maxBackends} backends were used`);
  checks.check((await health).code === "ok", `/health returned ${(await health).code}`);
  onProgress(`all requests answered, ${peak} backends at most`);
  const report: ScenarioReport = {
    scenario,
    ...summary,
    notes: [`${peak} backends at most`],
    violations: checks.violations,
  };
  return { report, checks, client };
}

/** A pool of two connections, and more concurrent requests. */
export const exhaustSmallPool = (options: ScenarioOptions, requests = 200): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const environment = await withLockableDatabase(defer, {
      DB_POOL_MIN: "1",
      DB_POOL_MAX: "2",
      DB_POOL_OVERFLOW: "0",
    });
    const burst = { scenario: `pool of 2, ${requests} requests`, requests, maxBackends: 2 };
    return (await sendBurst(environment, burst, options, defer)).report;
  });

/** The default pool, and more requests than connections; afterwards the pool must shrink to its minimum. */
export const exhaustDefaultPool = (options: ScenarioOptions, requests = 300): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const [min, max, overflow] = [10, 20, 30];
    const environment = await withLockableDatabase(defer, {
      DB_POOL_MIN: String(min),
      DB_POOL_MAX: String(max),
      DB_POOL_OVERFLOW: String(overflow),
    });
    const burst = {
      scenario: `default pool, ${requests} requests`,
      requests,
      maxBackends: max + overflow,
    };
    const { report, checks, client } = await sendBurst(environment, burst, options, defer);
    const startedAt = Date.now();
    let count = await countBackends(client);
    for (const deadline = startedAt + IDLE_TIMEOUT_MS; count > min && Date.now() < deadline; await sleep(250))
      count = await countBackends(client);
    checks.check(count === min, `${count} backends when idle, not ${min}`);
    report.notes.push(`${count} backends after ${((Date.now() - startedAt) / 1000).toFixed(0)} s idle`);
    return report;
  });
