import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { backendCoverage } from "./backend-coverage.ts";

/*
 * `npm test`: everything that guards the project, group after group, to the first that fails. It ends by saying what ran
 * and what was skipped.
 */
interface Step {
  name: string;
  command: string[];
  /** Where vitest writes its results, to be counted at the end. */
  results?: string;
}

const OUT = "coverage";
const CHILDREN = `${OUT}/children`;

const vitest = (name: string, ...args: string[]): Step => {
  const results = `${OUT}/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  return { name, command: ["vitest", "run", ...reporters, ...args], results };
};

/** Each needs one core at most, and none waits for another. */
const checks: Step[] = [
  { name: "build", command: ["remix", "vite:build", "--logLevel", "warn"] },
  { name: "types", command: ["tsc"] },
  { name: "format and lint", command: ["biome", "ci", "--error-on-warnings"] },
  {
    name: "dependency rules",
    command: ["depcruise", "app", "db", "docs", "test", "--config", ".dependency-cruiser.cjs"],
  },
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

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  skippedNames: string[];
}

function count(results: string): Count {
  const report = JSON.parse(readFileSync(results, "utf8"));
  const tests = report.testResults.flatMap((file: { assertionResults: unknown[] }) => file.assertionResults);
  const skipped = tests.filter((test: { status: string }) =>
    ["skipped", "pending", "todo"].includes(test.status),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: skipped.length,
    skippedNames: skipped.map((test: { fullName: string }) => test.fullName),
  };
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

rmSync(OUT, { recursive: true, force: true });
mkdirSync(CHILDREN, { recursive: true });
const began = Date.now();
const ran: string[] = [];
const total: Count = { passed: 0, failed: 0, skipped: 0, skippedNames: [] };
let failed: string | undefined;

/** Runs a step; what it prints is held back until it ends when others run beside it. @returns whether it succeeded */
async function run({ name, command, results }: Step, beside: boolean): Promise<boolean> {
  const since = Date.now();
  if (!beside) say(`\n── ${name}`);
  const child = spawn("npx", ["--no-install", ...command], {
    stdio: beside ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, TOCK_COVERAGE_DIR: CHILDREN },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const [status] = await once(child, "close");
  if (beside) say(`\n── ${name}\n${printed}`);
  ran.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds(since)})`);
  if (results && existsSync(results)) {
    const counted = count(results);
    total.passed += counted.passed;
    total.failed += counted.failed;
    total.skipped += counted.skipped;
    total.skippedNames.push(...counted.skippedNames);
  }
  return status === 0;
}

for (const group of groups) {
  const waiting = [...group];
  // Two at a time: more would only take turns on the smallest machines.
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      if (!(await run(step, group.length > 1))) failed ??= step.name;
    }
  };
  await Promise.all([lane(), lane()]);
  if (failed) break;
}

if (!failed) {
  say("\n── coverage of the built server");
  const { lines, enough, least } = await backendCoverage(CHILDREN, `${OUT}/backend`);
  ran.push(`${enough ? "ok    " : "FAILED"} backend coverage: ${lines} % of lines (at least ${least})`);
  if (!enough) failed = "backend coverage";
}

say(`\n── what ran (${seconds(began)})`);
for (const line of ran) say(line);
for (const name of total.skippedNames) say(`skipped: ${name}`);
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(failed ? 1 : 0);
