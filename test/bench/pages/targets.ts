import type { PageMetrics } from "./lighthouse.ts";

interface Target {
  key: keyof PageMetrics;
  heading: string;
  digits: number;
  /** Whether `limit` is the lowest or the highest value that meets the target. */
  bound: "min" | "max";
  limit: number;
}

const TARGETS: Target[] = [
  { key: "performance", heading: "perf", digits: 0, bound: "min", limit: 98 },
  { key: "accessibility", heading: "a11y", digits: 0, bound: "min", limit: 100 },
  { key: "bestPractices", heading: "best", digits: 0, bound: "min", limit: 100 },
  { key: "fcpSeconds", heading: "FCP s", digits: 2, bound: "max", limit: 1.6 },
  { key: "lcpSeconds", heading: "LCP s", digits: 2, bound: "max", limit: 1.6 },
  { key: "cls", heading: "CLS", digits: 3, bound: "max", limit: 0.02 },
  { key: "tbtMs", heading: "TBT ms", digits: 0, bound: "max", limit: 100 },
  { key: "jsKb", heading: "JS kB", digits: 1, bound: "max", limit: 100 },
  { key: "cssKb", heading: "CSS kB", digits: 1, bound: "max", limit: 15 },
];

/** NaN, for a metric that was not measured, misses every target. */
const isMet = ({ key, bound, limit }: Target, metrics: PageMetrics) =>
  bound === "min" ? metrics[key] >= limit : metrics[key] <= limit;

const limitText = ({ bound, limit }: Target) => `${bound === "min" ? "≥" : "≤"} ${limit}`;

/** @returns one line for each target that the page misses */
export function missedTargets(page: string, metrics: PageMetrics): string[] {
  return TARGETS.filter((target) => !isMet(target, metrics)).map((target) => {
    const value = metrics[target.key].toFixed(target.digits);
    return `Missed: ${page}, ${target.heading} ${value}, target ${limitText(target)}`;
  });
}

export function formatTable(pages: { name: string; metrics: PageMetrics }[]): string {
  const row = (name: string, cell: (target: Target) => string) =>
    name.padEnd(10) + TARGETS.map((target) => cell(target).padStart(9)).join("");
  return [
    row("", ({ heading }) => heading),
    ...pages.map(({ name, metrics }) => row(name, ({ key, digits }) => metrics[key].toFixed(digits))),
    row("target", limitText),
  ].join("\n");
}
