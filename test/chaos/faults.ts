import { parseArgs } from "node:util";
import setup from "../support/global-setup.ts";
import {
  describeScenarios,
  exitWith,
  interruptSignal,
  parseWholeNumber,
  print,
  selectScenarios,
  startProgress,
} from "./command-line.ts";
import { exhaustConnectionSlots } from "./connection-slots.ts";
import { killContainer } from "./container-kills.ts";
import { shutdownUnderLoad } from "./graceful-shutdown.ts";
import { dropPackets, freezeDatabase, killDatabase, refuseConnections, stepClockBack } from "./outages.ts";
import { exhaustDefaultPool, exhaustSmallPool } from "./pool-exhaustion.ts";
import { printReports } from "./report-table.ts";
import type { Bounds, ScenarioOptions, ScenarioReport } from "./scenario.ts";

/*
 * `npm run chaos:faults`: failures of the database and the process, under load, against the built server on this
 * machine. `npm test` runs short forms of the same scenarios.
 */
const BOUNDS: Bounds = {
  responseMs: 10_000,
  circuitOpenMs: 50,
  healthMs: 2_000,
  recoveryMs: 5_000,
  restartMs: 5_000,
};

interface Scenario {
  description: string;
  run(options: ScenarioOptions): Promise<ScenarioReport>;
  /** Differences from the common options. */
  options: Partial<ScenarioOptions>;
}

const SCENARIOS: Record<string, Scenario> = {
  kill: {
    description: "kill -9 of PostgreSQL ten times, five times with all its backends",
    run: killDatabase,
    options: { rounds: 10, bounds: { ...BOUNDS, recoveryMs: 2_000 } },
  },
  freeze: {
    description: "SIGSTOP of all PostgreSQL processes for 30 s",
    run: freezeDatabase,
    options: { seconds: 30 },
  },
  refuse: {
    description: "database connections broken and refused for 10 s",
    run: refuseConnections,
    options: { seconds: 10 },
  },
  blackhole: {
    description: "all packets to and from the database dropped for 20 s",
    run: dropPackets,
    options: { seconds: 20 },
  },
  clock: {
    description: "database connections refused for 5 s; meanwhile the wall clock steps back by an hour",
    run: stepClockBack,
    options: { seconds: 5 },
  },
  "small-pool": {
    description: "200 concurrent requests with a pool of two connections",
    run: exhaustSmallPool,
    options: {},
  },
  "default-pool": {
    description: "300 concurrent requests with the default pool, then idle",
    run: exhaustDefaultPool,
    options: {},
  },
  slots: {
    description: "all free connection slots of PostgreSQL taken for 10 s",
    run: exhaustConnectionSlots,
    options: { seconds: 10 },
  },
  container: {
    description: "kill -9 of Tock with its embedded database as process 1 of a PID namespace, five times",
    run: killContainer,
    options: { rounds: 5 },
  },
  shutdown: { description: "SIGTERM under load, 20 times", run: shutdownUnderLoad, options: { rounds: 20 } },
};

const HELP = `npm run chaos:faults -- [options]

  --scenario NAME  run only this scenario; may be repeated
  --rounds N       rounds of kill, container and shutdown (1 to 100)
  --seconds N      duration of freeze, refuse, blackhole, clock and slots (1 to 120)
  --writers N      concurrent clients that write (1 to 64; default 16)
  --help

Scenarios:
${describeScenarios(SCENARIOS)}`;

function parseOptions() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      scenario: { ...text, multiple: true },
      rounds: text,
      seconds: text,
      writers: text,
      help: { type: "boolean" },
    },
  });
  const given = {
    rounds: parseWholeNumber("rounds", values.rounds, { min: 1, max: 100 }),
    seconds: parseWholeNumber("seconds", values.seconds, { min: 1, max: 120 }),
    writers: parseWholeNumber("writers", values.writers, { min: 1, max: 64 }),
  };
  return {
    help: values.help ?? false,
    scenarios: selectScenarios(values.scenario, SCENARIOS),
    overrides: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

async function main(): Promise<number> {
  const { help, scenarios, overrides } = parseOptions();
  if (help) {
    print(HELP);
    return 0;
  }
  const signal = interruptSignal();
  const reports: ScenarioReport[] = [];
  const tearDown = await setup();
  try {
    for (const [name, { run, options }] of scenarios) {
      if (signal.aborted) break;
      const { onProgress, end } = startProgress(name);
      const defaults = { bounds: BOUNDS, writers: 16, rounds: 1, seconds: 10 };
      const toReport = (error: unknown): ScenarioReport => ({
        scenario: name,
        notes: [],
        violations: [error instanceof Error ? error.message : String(error)],
      });
      reports.push(await run({ ...defaults, ...options, ...overrides, onProgress, signal }).catch(toReport));
      end();
    }
  } finally {
    await tearDown();
  }
  printReports(reports);
  return signal.aborted || reports.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

await exitWith(main);
