import { existsSync, readFileSync } from "node:fs";

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** Full names of skipped tests. */
  skippedNames: string[];
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

const SKIPPED_STATUSES = ["skipped", "pending", "todo"];

/** Reads a report of vitest's JSON reporter. A missing report, as after a crash, counts nothing. */
export function readTestCounts(file: string): TestCounts {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0, skippedNames: [] };
  const report: VitestReport = JSON.parse(readFileSync(file, "utf8"));
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => SKIPPED_STATUSES.includes(status));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: skipped.length,
    skippedNames: skipped.map(({ fullName }) => fullName),
  };
}

export const addCounts = (a: TestCounts, b: TestCounts): TestCounts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  skippedNames: [...a.skippedNames, ...b.skippedNames],
});

/** The covered lines in percent, from the summary of vitest's `json-summary` reporter; 0 without one. */
export function readLinesPercent(summaryFile: string): number {
  if (!existsSync(summaryFile)) return 0;
  return JSON.parse(readFileSync(summaryFile, "utf8")).total.lines.pct;
}
