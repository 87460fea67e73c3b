import type { Measurement } from "./load.ts";
import type { Scenario } from "./scenarios.ts";

/** Scenario name → server name → one measurement per round. */
export type Rounds = Map<string, Map<string, Measurement[]>>;

const KEYS = [
  "requestsPerSecond",
  "p50Ms",
  "p95Ms",
  "p99Ms",
  "serverCpuUs",
  "databaseCpuUs",
  "memoryMib",
] as const;

const middle = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
};

/** The median of each figure by itself. */
export function median(rounds: Measurement[]): Measurement {
  const entries = KEYS.map((key) => [key, middle(rounds.map((round) => round[key]))]);
  return Object.fromEntries(entries) as Measurement;
}

export interface Row extends Measurement {
  scenario: string;
  server: string;
  /** Requests per second, in % of those of the first server in the same rounds. */
  percentOfFirst: number;
}

/** Medians of all rounds, in the order of the scenarios and the servers. */
export function summarize(scenarios: Scenario[], rounds: Rounds): Row[] {
  return scenarios.flatMap(({ title, name }) => {
    const servers = [...(rounds.get(name) ?? [])].map(([server, list]) => ({ server, ...median(list) }));
    const first = servers[0]?.requestsPerSecond ?? Number.NaN;
    return servers.map((row) => ({
      ...row,
      scenario: title,
      percentOfFirst: (row.requestsPerSecond / first) * 100,
    }));
  });
}

const COLUMNS: [title: string, cell: (row: Row) => string][] = [
  ["request", ({ scenario }) => scenario],
  ["server", ({ server }) => server],
  ["req/s", ({ requestsPerSecond }) => requestsPerSecond.toFixed(0)],
  ["% of first", ({ percentOfFirst }) => percentOfFirst.toFixed(0)],
  ["p50 ms", ({ p50Ms }) => p50Ms.toFixed(1)],
  ["p95 ms", ({ p95Ms }) => p95Ms.toFixed(1)],
  ["p99 ms", ({ p99Ms }) => p99Ms.toFixed(1)],
  ["server µs", ({ serverCpuUs }) => serverCpuUs.toFixed(0)],
  ["database µs", ({ databaseCpuUs }) => databaseCpuUs.toFixed(0)],
  ["MiB", ({ memoryMib }) => memoryMib.toFixed(0)],
];

/** The rows as a text table; CPU is per request. */
export function table(rows: Row[]): string {
  const lines = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

const BAR_PX = 18;
const GROUP_GAP_PX = 14;
const LABEL_PX = 230;
const PLOT_PX = 420;
const FILLS: Record<string, string> = {
  floor: "#8a8f98",
  Tock: "#2e7d4f",
  Fastify: "#c08a2b",
};

/** A bar chart of requests per second in % of the floor, readable on light and dark backgrounds. */
export function chart(rows: Row[], caption: string): string {
  const most = Math.max(100, ...rows.map(({ percentOfFirst }) => percentOfFirst));
  let y = 44;
  let group = "";
  const bars = rows.map((row) => {
    if (row.scenario !== group) y += group ? GROUP_GAP_PX : 0;
    const label = row.scenario === group ? "" : `<text x="0" y="${y + 13}">${row.scenario}</text>`;
    group = row.scenario;
    const width = Math.round((row.percentOfFirst / most) * PLOT_PX);
    const text = `${row.server}: ${Math.round(row.requestsPerSecond).toLocaleString("en")} req/s, ${Math.round(row.percentOfFirst)}%`;
    const bar = `${label}<rect x="${LABEL_PX}" y="${y}" width="${width}" height="${BAR_PX - 4}" fill="${FILLS[row.server] ?? "#1f5c8a"}"/><text x="${LABEL_PX + width + 6}" y="${y + 11}" font-size="11">${text}</text>`;
    y += BAR_PX;
    return bar;
  });
  const size = `width="${LABEL_PX + PLOT_PX + 210}" height="${y + 10}"`;
  const title = "Requests per second, in % of node:http and pg by hand";
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" font-size="13" fill="#7d838c"><title>${title}</title><text x="0" y="16" font-weight="600">${title}</text><text x="0" y="33" font-size="11">${caption}</text>${bars.join("")}</svg>\n`;
}
