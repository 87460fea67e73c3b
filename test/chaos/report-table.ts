import { print } from "./command-line.ts";
import type { ScenarioReport } from "./scenario.ts";

const COLUMNS = [
  "scenario",
  "acknowledged",
  "lost",
  "duplicated",
  "other codes",
  "longest",
  "circuit open",
  "recovery",
  "",
];

function tableRow({ scenario, violations, recoveryMs, ...summary }: ScenarioReport): string[] {
  const ms = (value: number | undefined) => (value === undefined ? "-" : `${Math.round(value)} ms`);
  const codes = Object.entries(summary.otherCodes ?? {}).map(([code, count]) => `${code} ×${count}`);
  return [
    scenario,
    ...[summary.acknowledged, summary.lost, summary.duplicated].map((value) => String(value ?? "-")),
    codes.join(", ") || "none",
    ...[summary.longestMs, summary.longestOpenMs, recoveryMs].map(ms),
    violations.length === 0 ? "PASS" : "FAIL",
  ];
}

/** Prints a table of the measurements, then notes and violations. */
export function printReports(reports: ScenarioReport[]): void {
  const rows = [COLUMNS, ...reports.map(tableRow)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  print("\n");
  for (const cells of rows) {
    const padded = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    print(`${padded.join("  ").trimEnd()}\n`);
  }
  print("\n");
  for (const { scenario, notes, violations } of reports) {
    print(`${scenario}: ${notes.join("; ")}\n`);
    for (const violation of violations) print(`  FAIL ${violation}\n`);
  }
}
