import { parseArgs } from "node:util";
import { startApp } from "../support/app-server.ts";
import setup from "../support/global-setup.ts";
import { ATTACK_SCENARIOS, type AttackReport } from "./attack-scenarios.ts";
import {
  describeScenarios,
  exitWith,
  interruptSignal,
  parseWholeNumber,
  print,
  selectScenarios,
  startProgress,
} from "./command-line.ts";

/*
 * `npm run chaos:attacks`: hostile clients against the built server on this machine. `npm test` runs short forms of some
 * scenarios.
 */
const HELP = `npm run chaos:attacks -- [options]

  --scenario NAME  run only this scenario; may be repeated
  --requests N     minimum number of generated requests (default 20000)
  --seconds N      minimum duration of fuzz; duration of the floods and slow-clients
  --seed N         seed of the generated requests (default: the current time)
  --pairs N        pairs of sign-ins of timing (default 100)
  --help

Scenarios:
${describeScenarios(ATTACK_SCENARIOS)}`;

function parseOptions() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      scenario: { ...text, multiple: true },
      requests: text,
      seconds: text,
      seed: text,
      pairs: text,
      help: { type: "boolean" },
    },
  });
  const number = (option: "requests" | "seconds" | "seed" | "pairs", max: number) =>
    parseWholeNumber(option, values[option], { min: 0, max });
  return {
    help: values.help ?? false,
    scenarios: selectScenarios(values.scenario, ATTACK_SCENARIOS),
    options: {
      requests: number("requests", 100_000_000) ?? 20_000,
      seconds: number("seconds", 86_400) ?? 0,
      seed: number("seed", 2 ** 31) ?? Math.trunc(Date.now() / 1_000),
      pairs: number("pairs", 10_000) ?? 100,
    },
  };
}

const NAME_WIDTH = 16;

function printReport(name: string, { measurements, violations }: AttackReport): void {
  const result = violations.length === 0 ? "PASS" : "FAIL";
  print(`${name.padEnd(NAME_WIDTH)}${result}  ${measurements.join("; ")}\n`);
  for (const violation of violations) print(`${" ".repeat(NAME_WIDTH)}  ${violation}\n`);
}

async function main(): Promise<number> {
  const { help, scenarios, options } = parseOptions();
  if (help) {
    print(HELP);
    return 0;
  }
  const signal = interruptSignal();
  const reports = new Map<string, AttackReport>();
  const tearDown = await setup();
  try {
    for (const [name, { run }] of scenarios) {
      if (signal.aborted) break;
      const app = await startApp();
      const { onProgress, end } = startProgress(name, { intervalMs: 10_000 });
      const toReport = (error: unknown): AttackReport => ({ measurements: [], violations: [String(error)] });
      reports.set(name, await run(app, { ...options, onProgress, signal }).catch(toReport));
      end();
      await app.stop();
    }
  } finally {
    await tearDown();
  }
  print("\n");
  for (const [name, report] of reports) printReport(name, report);
  const hasViolations = [...reports.values()].some(({ violations }) => violations.length > 0);
  return signal.aborted || hasViolations ? 1 : 0;
}

await exitWith(main);
