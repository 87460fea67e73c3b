import { existsSync, readFileSync } from "node:fs";

export interface TestCounts {
  passed: number;
  /** With the files that could not run. */
  failed: number;
  skipped: number;
  /** Full names of skipped tests. */
  skippedNames: string[];
  /** A line per failed test, or per file that could not run: its name and the first line of its error. */
  failures: string[];
}

interface VitestReport {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0, skippedNames: [], failures: [] };

const SKIPPED_STATUSES = ["skipped", "pending", "todo"];

/** Reads a report of vitest's JSON reporter. A missing report, as after a crash, counts nothing. */
export function readTestCounts(file: string): TestCounts {
  if (!existsSync(file)) return NO_TESTS;
  const report: VitestReport = JSON.parse(readFileSync(file, "utf8"));
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => SKIPPED_STATUSES.includes(status));
  const failures = report.testResults.flatMap(failuresOfFile);
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: skipped.length,
    skippedNames: skipped.map(({ fullName }) => fullName),
    failures,
  };
}

/** A file can fail without a failed test: when it cannot be loaded, or in a hook. */
function failuresOfFile({ name, status, message, assertionResults }: VitestReport["testResults"][number]) {
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0 && status === "failed") return [failureLine(name, message)];
  return failed.map(({ fullName, failureMessages }) => failureLine(fullName, failureMessages?.[0]));
}

const failureLine = (name: string, message = "") => `${name}: ${message.split("\n", 1)[0]}`;

export const addCounts = (a: TestCounts, b: TestCounts): TestCounts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  skippedNames: [...a.skippedNames, ...b.skippedNames],
  failures: [...a.failures, ...b.failures],
});

/**
 * Finds skipped tests that should have run.
 * @param words comma-separated parts of names, such as "caddy,redis", in any case
 */
export const skippedAmong = (skippedNames: string[], words: string): string[] => {
  const parts = words.toLowerCase().split(",").filter(Boolean);
  return skippedNames.filter((name) => parts.some((part) => name.toLowerCase().includes(part)));
};

/** The covered lines in percent, from the summary of vitest's `json-summary` reporter; 0 without one. */
export function readLinesPercent(summaryFile: string): number {
  if (!existsSync(summaryFile)) return 0;
  return JSON.parse(readFileSync(summaryFile, "utf8")).total.lines.pct;
}
