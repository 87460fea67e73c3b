import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { runWithCleanup, withEmbeddedDatabase } from "./environment.ts";
import { createReport, finishTraffic, formatMs, RECOVERY_TIMEOUT_MS, WARM_UP_MS } from "./outage-runner.ts";
import { circuitOpenPeriods } from "./results.ts";
import type { ScenarioOptions, ScenarioReport } from "./scenario.ts";
import { startTraffic } from "./traffic.ts";

const SLOTS_MAX = 500;

/** Takes every connection slot of a server that is free. @returns a function that gives them back */
export async function takeFreeSlots(databaseUrl: string): Promise<() => Promise<void>> {
  const clients: pg.Client[] = [];
  for (let taken = 0; taken < SLOTS_MAX; taken++) {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: "slots" });
    client.on("error", () => undefined);
    const isOpen = await client.connect().then(
      () => true,
      () => false,
    );
    if (!isOpen) break;
    clients.push(client);
  }
  return async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  };
}

/** Other programs take all free connection slots. Tock's own connections keep working. */
export const exhaustConnectionSlots = (options: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(options.signal, async (defer) => {
    const { onProgress, writers, seconds, bounds } = options;
    const environment = await withEmbeddedDatabase(defer, { DB_POOL_MIN: "4" });
    const traffic = startTraffic(environment.app.url, environment.user, writers);
    defer(() => traffic.stop());
    await sleep(WARM_UP_MS);
    const giveBack = await takeFreeSlots(environment.databaseUrl);
    onProgress(`no free connection slot for ${seconds} s`);
    await sleep(seconds * 1_000);
    await giveBack();
    const endedAt = Date.now();
    const writtenAt = await traffic.results.firstWriteSince(endedAt, RECOVERY_TIMEOUT_MS);
    const recoveryMs = writtenAt && writtenAt - endedAt;
    onProgress(`slots are free again; first write ${formatMs(recoveryMs)} later`);
    const result = await finishTraffic("no connection slot", environment, traffic, options);
    result.checks.atMost("recovery time (ms)", recoveryMs, bounds.recoveryMs);
    const openings = circuitOpenPeriods(environment.app.log).length;
    result.checks.atMost("openings of the circuit breaker", openings, 0);
    return createReport(result, recoveryMs);
  });
