import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../support/wait-until.ts";
import { createBlackhole } from "./blackhole.ts";
import { runWithCleanup, STEPPABLE_CLOCK, withDatabaseProxy, withEmbeddedDatabase } from "./environment.ts";
import {
  createReport,
  finishTraffic,
  formatMs,
  RECOVERY_TIMEOUT_MS,
  runOutage,
  WARM_UP_MS,
} from "./outage-runner.ts";
import {
  connectObserver,
  countBackends,
  freezeServer,
  killServer,
  waitUntilReady,
} from "./postgres-control.ts";
import { circuitOpenPeriods } from "./results.ts";
import { createChecks, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { startTraffic } from "./traffic.ts";

const POOL_MIN = 4;
const IDLE_TIMEOUT_MS = 25_000;

/** Kills the postmaster in every round, and all its child processes in every second round. */
export const killDatabase = (options: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const { onProgress, bounds, writers, rounds } = options;
    const environment = await withEmbeddedDatabase(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const { app, user, databaseUrl, dataFolder } = environment;
    const traffic = startTraffic(app.url, user, writers);
    defer(() => traffic.stop());
    const recoveries: (number | undefined)[] = [];
    const restarts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(WARM_UP_MS);
      const all = round % 2 === 1;
      const killedAt = Date.now();
      await killServer(dataFolder, { all });
      const readyAt = await waitUntilReady(databaseUrl);
      const writtenAt = await traffic.results.firstWriteSince(readyAt, RECOVERY_TIMEOUT_MS);
      restarts.push(readyAt - killedAt);
      recoveries.push(writtenAt && writtenAt - readyAt);
      onProgress(
        `kill ${round + 1}/${rounds}${all ? " with all backends" : ""}: PostgreSQL ready after ${formatMs(readyAt - killedAt)}, first write ${formatMs(recoveries.at(-1))} later`,
      );
    }
    await sleep(WARM_UP_MS);
    const result = await finishTraffic("kill -9", environment, traffic, options);
    for (const recovery of recoveries)
      result.checks.atMost("recovery time (ms)", recovery, bounds.recoveryMs);
    const slowestRestart = Math.max(...restarts);
    result.checks.atMost("restart of PostgreSQL (ms)", slowestRestart, bounds.restartMs);
    result.notes.push(`PostgreSQL restarted within ${formatMs(slowestRestart)}`);
    return createReport(
      result,
      Math.max(...recoveries.map((recovery) => recovery ?? Number.POSITIVE_INFINITY)),
    );
  });

/** Checks that no abandoned statement still runs and, with `untilIdle`, that the pool shrinks to its minimum. */
async function checkBackends(report: ScenarioReport, databaseUrl: string, untilIdle: boolean): Promise<void> {
  const checks = createChecks();
  const client = await connectObserver(databaseUrl);
  try {
    const old = await countBackends(client, "state <> 'idle' and now() - state_change > interval '4 s'");
    checks.atMost("abandoned statements and transactions", old, 0);
    let count = await countBackends(client);
    const deadline = Date.now() + IDLE_TIMEOUT_MS;
    while (untilIdle && count > POOL_MIN && Date.now() < deadline) {
      await sleep(250);
      count = await countBackends(client);
    }
    if (untilIdle) checks.atMost("backends when idle", count, POOL_MIN);
    report.notes.push(`${count} backends ${untilIdle ? "when idle" : "after the outage"}`);
    report.violations.push(...checks.violations);
  } finally {
    await client.end();
  }
}

/** Stops every PostgreSQL process with SIGSTOP: the kernel accepts connections, and nothing answers. */
export const freezeDatabase = (
  options: ScenarioOptions,
  { untilIdle = true } = {},
): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const environment = await withEmbeddedDatabase(defer, { DB_POOL_MIN: String(POOL_MIN) });
    let resume = () => undefined as unknown;
    const outage = {
      name: "SIGSTOP",
      begin: async () => {
        resume = await freezeServer(environment.dataFolder);
      },
      end: () => resume(),
    };
    const report = await runOutage(outage, environment, options, defer);
    await checkBackends(report, environment.databaseUrl, untilIdle);
    return report;
  });

/** Breaks all database connections and refuses new ones. */
export const refuseConnections = (options: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const environment = await withDatabaseProxy(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const { proxy } = environment;
    const outage = {
      name: "connection refused",
      begin: () => proxy.cutConnections(),
      end: () => proxy.heal(),
    };
    return runOutage(outage, environment, options, defer);
  });

/** Steps the wall clock back by an hour while the circuit breaker is open. */
export const stepClockBack = (options: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const environment = await withDatabaseProxy(defer, { DB_POOL_MIN: String(POOL_MIN), ...STEPPABLE_CLOCK });
    const { app, proxy } = environment;
    const outage = {
      name: "clock step",
      async begin() {
        await proxy.cutConnections();
        await waitUntil(() => circuitOpenPeriods(app.log).length > 0);
        app.process.kill("SIGUSR2");
      },
      end: () => proxy.heal(),
    };
    return runOutage(outage, environment, options, defer);
  });

/** Drops all packets to and from the database, so that no end notices a closed connection. */
export const dropPackets = (options: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const environment = await withDatabaseProxy(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const blackhole = createBlackhole(environment.proxy);
    options.onProgress(`dropping packets by: ${blackhole.method}`);
    const outage = { name: "packet loss", begin: () => blackhole.begin(), end: () => blackhole.end() };
    const report = await runOutage(outage, environment, options, defer);
    report.notes.push(`packets dropped by ${blackhole.method}`);
    return report;
  });
