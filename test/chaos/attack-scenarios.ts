import type { AppServer } from "../support/app-server.ts";
import { signUp } from "../support/users.ts";
import { BODY_FLOOD_GROWTH_MIB, floodBodies } from "./body-flood.ts";
import { fuzz } from "./fuzz.ts";
import type { FuzzOptions } from "./fuzz-run.ts";
import { compareFailedSignIns, signInFlood } from "./hashing-load.ts";
import { sendLateResponses } from "./late-responses.ts";
import { floodHealth, floodPages, floodPipelining } from "./request-floods.ts";
import { createChecks } from "./scenario.ts";
import { floodSlowClients } from "./slow-clients.ts";

export interface AttackReport {
  measurements: string[];
  violations: string[];
}
export interface AttackOptions extends FuzzOptions {
  /** Pairs of sign-ins to compare. */
  pairs: number;
}
export interface AttackScenario {
  description: string;
  run(app: AppServer, options: AttackOptions): Promise<AttackReport>;
}

const READ_P99_MS = 250;
/** The flood and the reads share the processor with their clients. */
const READ_P99_IN_FLOOD_MS = 1_000;
const PAGE_FLOOD_MEMORY_MIB = 250;
const READ_P99_WITH_SLOW_CLIENTS_MS = 500;
const MEMORY_GROWTH_MIB = 50;
const LATE_RESPONSE_ROUNDS = 3;
const TIMING_DIFFERENCE_PERCENT = 3;
/** The server's timeout for a whole request is 30 s; it checks at an interval. */
const SLOW_CONNECTION_SECONDS = 35;

const format = (value: number | undefined, unit: string, digits = 0) =>
  `${value?.toFixed(digits) ?? "-"} ${unit}`;
const formatReads = ({ count, p50, p99 }: { count: number; p50: number; p99: number }) =>
  `${count} reads: p50 ${format(p50, "ms")}, p99 ${format(p99, "ms")}`;

async function runFuzz(app: AppServer, options: AttackOptions): Promise<AttackReport> {
  const report = await fuzz(app, options);
  const counts = [...report.statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status || "no response"} ×${count}`);
  const measurements = [
    `${report.requests} requests in ${format(report.seconds, "s")}, seed ${report.seed}`,
    `batches with changes: ${report.changedBatches}, without: ${report.unchangedBatches}`,
    ...counts,
  ];
  return { measurements, violations: report.faults };
}

async function runSlowClients(app: AppServer, { seconds, signal }: AttackOptions): Promise<AttackReport> {
  const user = await signUp(app.url);
  const result = await floodSlowClients(app, user, { seconds: seconds || 60, signal });
  const { violations, check, atMost } = createChecks();
  atMost("p99 of reads (ms)", result.p99, READ_P99_WITH_SLOW_CLIENTS_MS);
  atMost("oldest slow connection (s)", result.oldestSeconds ?? 0, SLOW_CONNECTION_SECONDS);
  check(result.failures.length === 0, `reads failed with ${[...new Set(result.failures)]}`);
  const measurements = [
    formatReads(result),
    `${result.ended} slow connections ended, the oldest after ${format(result.oldestSeconds, "s", 1)}`,
  ];
  return { measurements, violations };
}

async function runLargeBodies(app: AppServer): Promise<AttackReport> {
  const user = await signUp(app.url);
  // Warm-up: the first requests grow the heap anyway.
  for (let index = 0; index < 300; index += 1) await user.api("GET", "/api/tasks");
  const { grownMib, sentMib, unexpected } = await floodBodies(app, user);
  const { violations, check, atMost } = createChecks();
  atMost("memory growth (MiB)", grownMib, BODY_FLOOD_GROWTH_MIB);
  check(unexpected.length === 0, `not rejected with 413: ${[...new Set(unexpected)].join(", ")}`);
  const measurements = [
    `memory growth ${format(grownMib, "MiB")}`,
    `${format(sentMib, "MiB")} of 6000 MiB sent before rejection`,
  ];
  return { measurements, violations };
}

async function runSignInFlood(app: AppServer, { seconds, signal }: AttackOptions): Promise<AttackReport> {
  const user = await signUp(app.url);
  const { reads, statuses, grownMib } = await signInFlood(app, user, { seconds: seconds || 20, signal });
  const { violations, check, atMost } = createChecks();
  atMost("p99 of reads (ms)", reads.p99, READ_P99_MS);
  atMost("memory growth (MiB)", grownMib, MEMORY_GROWTH_MIB);
  const unexpected = Object.keys(statuses).filter((status) => !["401", "429", "503"].includes(status));
  check(unexpected.length === 0, `sign-ins returned ${unexpected}`);
  const measurements = [
    formatReads(reads),
    `sign-ins: ${Object.entries(statuses).map(([status, count]) => `${status} ×${count}`)}`,
    `memory growth ${format(grownMib, "MiB")}`,
  ];
  return { measurements, violations };
}

type Flood = typeof floodPipelining;

/** A flood of requests that must neither fail, nor keep other users waiting, nor use much memory. */
const runFlood =
  (flood: Flood, expectedStatuses: string[], memoryMib = MEMORY_GROWTH_MIB) =>
  async (app: AppServer, { seconds, signal }: AttackOptions): Promise<AttackReport> => {
    const { reads, statuses, grownMib } = await flood(app, { seconds: seconds || 10, signal });
    const { violations, check, atMost } = createChecks();
    atMost("p99 of reads (ms)", reads.p99, READ_P99_IN_FLOOD_MS);
    atMost("memory growth (MiB)", grownMib, memoryMib);
    check(reads.failures.length === 0, `reads failed with ${[...new Set(reads.failures)]}`);
    const unexpected = Object.keys(statuses).filter((status) => !expectedStatuses.includes(status));
    check(unexpected.length === 0, `responses with ${unexpected}`);
    check((statuses["200"] ?? 0) > 0, "no response with 200");
    const measurements = [
      formatReads(reads),
      Object.entries(statuses)
        .map(([status, count]) => `${status} ×${count}`)
        .join(", "),
      `memory growth ${format(grownMib, "MiB")}`,
    ];
    return { measurements, violations };
  };

async function runLateResponses(app: AppServer, { signal }: AttackOptions): Promise<AttackReport> {
  const { count, failures } = await sendLateResponses(app, LATE_RESPONSE_ROUNDS, signal);
  const { violations, check } = createChecks();
  check(count > 0, "no sign-in was sent");
  check(failures.length === 0, `the new session was gone after a response of ${[...new Set(failures)]}`);
  return { measurements: [`${count} sign-ins during a page request`], violations };
}

async function runTiming(app: AppServer, options: AttackOptions): Promise<AttackReport> {
  const { knownMs, unknownMs, differencePercent, identical } = await compareFailedSignIns(app, options);
  const { violations, check, atMost } = createChecks();
  atMost("difference of the medians (%)", differencePercent, TIMING_DIFFERENCE_PERCENT);
  check(identical, "the responses differ");
  const measurements = [
    `wrong password ${format(knownMs, "ms", 1)}, unknown email ${format(unknownMs, "ms", 1)}`,
    `difference ${format(differencePercent, "%", 2)}`,
  ];
  return { measurements, violations };
}

export const ATTACK_SCENARIOS: Record<string, AttackScenario> = {
  fuzz: {
    description:
      "generated requests (--requests, --seconds, --seed): no server error, no leak, no unreported change",
    run: runFuzz,
  },
  "slow-clients": {
    description: "1,000 clients that send one byte a second (--seconds, default 60)",
    run: runSlowClients,
  },
  "large-bodies": {
    description: "100 concurrent bodies of 60 MiB, with a length and in chunks",
    run: runLargeBodies,
  },
  "sign-in-flood": {
    description: "50 sign-ins a second (--seconds, default 20) while a user reads tasks",
    run: runSignInFlood,
  },
  pipelining: {
    description:
      "100 connections with 200 pipelined pages each (--seconds, default 10) while a user reads tasks",
    run: runFlood(floodPipelining, ["200", "503"], PAGE_FLOOD_MEMORY_MIB),
  },
  "page-flood": {
    description:
      "200 pages at once of one account with 50,000 tasks (--seconds, default 10) while another user reads tasks",
    run: runFlood(floodPages, ["200", "429", "503"], PAGE_FLOOD_MEMORY_MIB),
  },
  "health-flood": {
    description: "200 loops of /health (--seconds, default 10) while a user reads tasks",
    run: runFlood(floodHealth, ["200"], PAGE_FLOOD_MEMORY_MIB),
  },
  "late-response": {
    description: "pages requested with an ended session while another tab signs in: it must stay signed in",
    run: runLateResponses,
  },
  timing: {
    description: "response times of an unknown email and a wrong password (--pairs, default 100)",
    run: runTiming,
  },
};
