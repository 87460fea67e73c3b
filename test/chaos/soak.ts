import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ensureBuild } from "#app/ensure-build.js";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { findFreePort } from "#db/embedded/free-port.ts";
import { startApp } from "../support/app-server.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog } from "../support/test-database.ts";
import { signUp } from "../support/users.ts";
import { exitWith, interruptSignal, parseWholeNumber, print } from "./command-line.ts";
import { type Defer, runWithCleanup, STEPPABLE_CLOCK } from "./environment.ts";
import { residentMib } from "./measurements.ts";
import { formatMs, RECOVERY_TIMEOUT_MS } from "./outage-runner.ts";
import { type Summary, summarize } from "./results.ts";
import { createChecks } from "./scenario.ts";
import { SOAK_FAULTS, type SoakTarget } from "./soak-faults.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

/*
 * `npm run chaos:soak [-- --minutes N]`: the built server with its embedded PostgreSQL at about half load, with a fault
 * every minute. Reports lost, duplicated and hung requests, the time to recover, and the memory at start and end.
 */
const MINUTE_MS = 60_000;
const WRITERS = 8;
/** Between two requests of a writer. */
const WRITE_INTERVAL_MS = 40;
const HUNG_MS = 12_000;
/** Errors of clients while a killed server restarts. */
const RESTART_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"]);

async function startTarget(defer: Defer): Promise<SoakTarget> {
  defer(cleanUp);
  const dataDir = await temporaryFolder();
  const env = {
    DATABASE_URL: "",
    DATA_DIR: dataDir,
    PORT: String(await findFreePort()),
    ...STEPPABLE_CLOCK,
    TASKS_PER_USER_MAX: "10000000",
  };
  const app = await startApp(env);
  defer(() => target.app.stop());
  const { url, dataFolder } = await attachOrStartEmbedded({ dataDir, log: silentLog });
  const target: SoakTarget = {
    app,
    user: await signUp(app.url),
    databaseUrl: url,
    dataFolder,
    async restart() {
      await target.app.stop("SIGKILL");
      target.app = await startApp(env);
      // The embedded database has another port.
      target.databaseUrl = (await attachOrStartEmbedded({ dataDir, log: silentLog })).url;
    },
  };
  return target;
}

/** Causes one fault. @returns the milliseconds from its end to the first acknowledged write */
async function causeFault(index: number, target: SoakTarget, traffic: Traffic): Promise<number | undefined> {
  const fault = SOAK_FAULTS[index % SOAK_FAULTS.length];
  if (!fault) throw new Error("there is no fault");
  await fault.run(target);
  const endedAt = Date.now();
  const writtenAt = await traffic.results.firstWriteSince(endedAt, RECOVERY_TIMEOUT_MS);
  const recoveryMs = writtenAt && writtenAt - endedAt;
  const mib = Math.round(await residentMib(target.app.process.pid));
  print(`${index + 1}. ${fault.name}: first write ${formatMs(recoveryMs)} later, ${mib} MiB\n`);
  return recoveryMs;
}

function printSummary(summary: Summary, hung: number, recoveries: (number | undefined)[]): number {
  const checks = createChecks();
  checks.atMost("lost writes", summary.lost, 0);
  checks.atMost("duplicated writes", summary.duplicated, 0);
  checks.atMost(`requests of more than ${HUNG_MS} ms`, hung, 0);
  const unexpected = Object.keys(summary.otherCodes).filter((code) => !RESTART_CODES.has(code));
  checks.check(unexpected.length === 0, `unexpected codes: ${unexpected.join(", ")}`);
  for (const recoveryMs of recoveries) checks.atMost("recovery (ms)", recoveryMs, RECOVERY_TIMEOUT_MS);
  const slowest = Math.max(...recoveries.map((recoveryMs) => recoveryMs ?? Number.POSITIVE_INFINITY));
  print(
    `${summary.acknowledged} writes acknowledged, ${summary.lost} lost, ${summary.duplicated} duplicated; ` +
      `${summary.failed} requests failed, ${hung} hung, the longest took ${formatMs(summary.longestMs)}; ` +
      `slowest recovery ${formatMs(slowest)}; codes ${JSON.stringify(summary.otherCodes)}\n`,
  );
  for (const violation of checks.violations) print(`  FAIL ${violation}\n`);
  return checks.violations.length > 0 ? 1 : 0;
}

const soak = (minutes: number, signal: AbortSignal): Promise<number> =>
  runWithCleanup(signal, async (defer) => {
    const target = await startTarget(defer);
    const traffic = startTraffic(target.app.url, target.user, WRITERS, {
      writeIntervalMs: WRITE_INTERVAL_MS,
      signsIn: await signUp(target.app.url),
    });
    defer(() => traffic.stop());
    await sleep(MINUTE_MS / 6);
    const startMib = await residentMib(target.app.process.pid);
    const recoveries: (number | undefined)[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const nextAt = Date.now() + MINUTE_MS;
      recoveries.push(await causeFault(minute, target, traffic));
      await sleep(Math.max(0, nextAt - Date.now()), undefined, { signal });
    }
    const endMib = await residentMib(target.app.process.pid);
    await traffic.stop();
    print(`memory: ${Math.round(startMib)} MiB at the start, ${Math.round(endMib)} MiB at the end\n`);
    const hung = traffic.results.outcomes.filter(({ startedAt, endedAt }) => endedAt - startedAt > HUNG_MS);
    const summary = await summarize(traffic.results, target.app, target.databaseUrl);
    return printSummary(summary, hung.length, recoveries);
  });

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: "string" } } });
  const minutes = parseWholeNumber("minutes", values.minutes, { min: 1, max: 600 }) ?? 30;
  ensureBuild();
  return soak(minutes, interruptSignal());
}

await exitWith(main);
