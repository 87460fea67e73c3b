import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../support/wait-until.ts";
import type { ChaosEnvironment, Defer } from "./environment.ts";
import { circuitOpenPeriods, type Outcome, summarize } from "./results.ts";
import { checkSummary, type createChecks, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { attempt, startTraffic, type Traffic } from "./traffic.ts";

/** Clients of startTraffic() that need the database and do not write. */
const OTHER_CLIENTS = 3;
/** Time for connections to open before an outage, and for errors to show after it. */
export const WARM_UP_MS = 700;
/** /health reuses a result for this time. */
const HEALTH_REUSE_MS = 500;
export const RECOVERY_TIMEOUT_MS = 20_000;
const HEALTH_INTERVAL_MS = 300;

export const formatMs = (value: number | undefined) =>
  value === undefined ? "never" : `${Math.round(value)} ms`;

/** Stops the traffic and checks what all outages have in common. */
export async function finishTraffic(
  scenario: string,
  { app, databaseUrl }: ChaosEnvironment,
  traffic: Traffic,
  options: ScenarioOptions,
) {
  await traffic.stop();
  const summary = await summarize(traffic.results, app, databaseUrl);
  const checks = checkSummary(summary, options.bounds);
  checks.check(app.process.exitCode === null, "the server process ended");
  checks.check(!app.log.some((line) => line.includes('"level":"fatal"')), "the server logged a fatal error");
  const openings = circuitOpenPeriods(app.log).length;
  const outageLines = app.log.filter((line) =>
    /circuit breaker opened|database query failed/.test(line),
  ).length;
  // Each client may log one failure before the circuit opens, and none after that.
  checks.atMost(
    "log lines about the outage",
    outageLines,
    Math.max(1, openings) * 2 * (options.writers + OTHER_CLIENTS),
  );
  const notes = [
    `${summary.failed} requests failed, the circuit opened ${openings} times, ${outageLines} log lines`,
    `with the circuit open: median ${formatMs(summary.medianOpenMs)}, longest without the database ${formatMs(summary.controlOpenMs)}`,
  ];
  return { scenario, summary, checks, notes };
}

export const createReport = (
  { scenario, summary, checks, notes }: Awaited<ReturnType<typeof finishTraffic>>,
  recoveryMs: number | undefined,
): ScenarioReport => ({
  scenario,
  ...summary,
  ...(recoveryMs !== undefined && { recoveryMs }),
  notes,
  violations: checks.violations,
});

const reportsOutage = ({ code }: Outcome) => code === "503";

/** Requests /health at an interval. */
function pollHealth(base: string) {
  const outcomes: Outcome[] = [];
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      outcomes.push(await attempt(`${base}/health`));
      await sleep(HEALTH_INTERVAL_MS);
    }
  })();
  return {
    outcomes,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

/**
 * Checks that /health reports an outage within the limit, and until its end.
 * @param during the outcomes of /health during the outage
 * @returns the time that the slowest response took, in ms
 */
function checkHealth(
  during: Outcome[],
  startedAt: number,
  limitMs: number,
  { check, atMost }: ReturnType<typeof createChecks>,
): number {
  const reported = during.find(reportsOutage);
  // Responses that the database sent before the outage may wait to be read, so the first of /health may be "ok".
  const unexpected = during.filter((outcome) =>
    reported && outcome.startedAt >= reported.startedAt ? !reportsOutage(outcome) : outcome.code !== "ok",
  );
  check(unexpected.length === 0, `/health returned ${unexpected[0]?.code} ${unexpected.length} times`);
  const reportedMs = reported && reported.endedAt - startedAt;
  atMost("/health reported the outage (ms)", reportedMs, HEALTH_REUSE_MS + HEALTH_INTERVAL_MS + limitMs);
  const longest = Math.max(0, ...during.map((outcome) => outcome.endedAt - outcome.startedAt));
  atMost("/health (ms)", longest, limitMs);
  return longest;
}

interface Outage {
  name: string;
  begin(): unknown;
  end(): unknown;
}

/** Runs traffic before, during and after an outage; checks the responses, /health and the recovery time. */
export async function runOutage(
  outage: Outage,
  environment: ChaosEnvironment,
  options: ScenarioOptions,
  defer: Defer,
): Promise<ScenarioReport> {
  const { onProgress, bounds, writers, seconds } = options;
  const { app, user } = environment;
  const traffic = startTraffic(app.url, user, writers);
  defer(() => traffic.stop());
  const health = pollHealth(app.url);
  defer(() => health.stop());
  await sleep(WARM_UP_MS);
  // Runs before traffic.stop(), which waits for responses.
  defer(() => outage.end());
  await outage.begin();
  const startedAt = Date.now();
  onProgress(`${outage.name} for ${seconds} s`);
  await sleep(seconds * 1000);
  // A busy machine may take longer than the outage to notice it. Whether it ever does is checked below.
  const since = () => health.outcomes.filter((outcome) => outcome.startedAt > startedAt);
  await waitUntil(() => since().some(reportsOutage)).catch(() => undefined);
  await outage.end();
  const endedAt = Date.now();
  const writtenAt = await traffic.results.firstWriteSince(endedAt, RECOVERY_TIMEOUT_MS);
  const recoveryMs = writtenAt && writtenAt - endedAt;
  onProgress(`${outage.name} ended; first write ${formatMs(recoveryMs)} later`);
  await sleep(WARM_UP_MS);
  await health.stop();
  const result = await finishTraffic(outage.name, environment, traffic, options);
  result.checks.atMost("recovery time (ms)", recoveryMs, bounds.recoveryMs);
  // The machine's own delay does not count. Requests without the database measure it in the same processes.
  const controls = traffic.results.outcomes.filter(({ isControl }) => isControl);
  const machineDelayMs = Math.max(0, ...controls.map((outcome) => outcome.endedAt - outcome.startedAt));
  const during = since().filter((outcome) => outcome.endedAt < endedAt);
  const longest = checkHealth(during, startedAt, bounds.healthMs + machineDelayMs, result.checks);
  result.notes.push(`/health 503 within ${formatMs(longest)}`);
  return createReport(result, recoveryMs);
}
