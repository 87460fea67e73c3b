import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  addCounts,
  NO_TESTS,
  readLinesPercent,
  readTestCounts,
  skippedAmong,
} from "../../runner/test-results.ts";

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

it("readTestCounts counts the tests and names those skipped or failed, with the first line of the error", () => {
  const tests = ["passed", "failed", "skipped", "pending", "todo"];
  const file = writeJson({
    numPassedTests: 1,
    testResults: [
      {
        name: "tasks.test.ts",
        status: "failed",
        assertionResults: tests.map((status) => ({
          status,
          fullName: `a ${status} test`,
          failureMessages: status === "failed" ? ["Error: 404\n    at tasks.test.ts"] : [],
        })),
      },
      { name: "broken.test.ts", status: "failed", message: "Cannot find module\n", assertionResults: [] },
    ],
  });
  expect(readTestCounts(file)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 3,
    skippedNames: ["a skipped test", "a pending test", "a todo test"],
    failures: ["a failed test: Error: 404", "broken.test.ts: Cannot find module"],
  });
});

it("readTestCounts counts nothing without a report", () => {
  expect(readTestCounts(join(folder, "missing.json"))).toEqual(NO_TESTS);
});

it("addCounts adds the counts and joins the names", () => {
  const first = { passed: 1, failed: 2, skipped: 1, skippedNames: ["a"], failures: ["c: Error"] };
  const second = { passed: 10, failed: 20, skipped: 1, skippedNames: ["b"], failures: ["d: Error"] };
  expect(addCounts(first, second)).toEqual({
    passed: 11,
    failed: 22,
    skipped: 2,
    skippedNames: ["a", "b"],
    failures: ["c: Error", "d: Error"],
  });
});

it("readLinesPercent returns the covered lines of a summary, and 0 without one", () => {
  expect(readLinesPercent(writeJson({ total: { lines: { pct: 81.5 } } }))).toBe(81.5);
  expect(readLinesPercent(join(folder, "missing.json"))).toBe(0);
});

it("skippedAmong finds skipped tests by words of their names, and none without words", () => {
  const skipped = ["two instances behind Caddy", "share a limit with Redis", "the W3C checker"];
  expect(skippedAmong(skipped, "caddy,redis,pgbouncer")).toEqual(skipped.slice(0, 2));
  expect(skippedAmong(skipped, "")).toEqual([]);
});
