import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addCounts, readLinesPercent, readTestCounts } from "../../runner/test-results.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tock-results-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeJson(value: unknown): string {
  const file = join(folder, "report.json");
  writeFileSync(file, JSON.stringify(value));
  return file;
}

it("readTestCounts counts skipped, pending and todo tests as skipped, with their names", () => {
  const tests = ["passed", "failed", "skipped", "pending", "todo"];
  const file = writeJson({
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [{ assertionResults: tests.map((status) => ({ status, fullName: `a ${status} test` })) }],
  });
  expect(readTestCounts(file)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 3,
    skippedNames: ["a skipped test", "a pending test", "a todo test"],
  });
});

it("readTestCounts counts nothing without a report", () => {
  expect(readTestCounts(join(folder, "missing.json"))).toEqual({
    passed: 0,
    failed: 0,
    skipped: 0,
    skippedNames: [],
  });
});

it("addCounts adds the counts and joins the names of skipped tests", () => {
  const first = { passed: 1, failed: 2, skipped: 1, skippedNames: ["a"] };
  const second = { passed: 10, failed: 20, skipped: 1, skippedNames: ["b"] };
  expect(addCounts(first, second)).toEqual({ passed: 11, failed: 22, skipped: 2, skippedNames: ["a", "b"] });
});

it("readLinesPercent returns the covered lines of a summary, and 0 without one", () => {
  expect(readLinesPercent(writeJson({ total: { lines: { pct: 81.5 } } }))).toBe(81.5);
  expect(readLinesPercent(join(folder, "missing.json"))).toBe(0);
});
