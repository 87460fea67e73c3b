import type { Figures } from "./lighthouse.ts";

interface Measure {
  key: keyof Figures;
  head: string;
  digits: number;
  /** At least (scores) or at most (all else) this. */
  target: number;
  /** What the plan that Tock started from asked for. */
  plan?: number;
}

export const MEASURES: Measure[] = [
  { key: "performance", head: "perf", digits: 0, target: 98 },
  { key: "accessibility", head: "a11y", digits: 0, target: 100 },
  { key: "bestPractices", head: "best", digits: 0, target: 100 },
  { key: "fcp", head: "FCP s", digits: 2, target: 1, plan: 1.5 },
  { key: "lcp", head: "LCP s", digits: 2, target: 1.5, plan: 2.5 },
  { key: "tti", head: "TTI s", digits: 2, target: 2, plan: 3 },
  { key: "cls", head: "CLS", digits: 3, target: 0.02, plan: 0.1 },
  { key: "tbt", head: "TBT ms", digits: 0, target: 200 },
  { key: "js", head: "JS kB", digits: 1, target: 95 },
  { key: "css", head: "CSS kB", digits: 1, target: 15 },
];

const isScore = ({ key }: Measure) => ["performance", "accessibility", "bestPractices"].includes(key);

export function shortfalls(page: string, figures: Figures): string[] {
  return MEASURES.filter((measure) => {
    const value = figures[measure.key];
    // Times and shifts have to stay below.
    return isScore(measure) ? !(value >= measure.target) : !(value <= measure.target);
  }).map(
    (measure) =>
      `Missed: ${page}, ${measure.head} ${figures[measure.key].toFixed(measure.digits)}, target ${isScore(measure) ? "≥" : "≤"} ${measure.target}`,
  );
}

export function table(measured: { name: string; figures: Figures }[]): string {
  const row = (name: string, cell: (measure: Measure) => string) =>
    name.padEnd(10) + MEASURES.map((measure) => cell(measure).padStart(9)).join("");
  return [
    row("", ({ head }) => head),
    ...measured.map(({ name, figures }) => row(name, ({ key, digits }) => figures[key].toFixed(digits))),
    row("target", (measure) => `${isScore(measure) ? "≥" : "≤"} ${measure.target}`),
    row("plan", ({ plan }) => (plan === undefined ? "" : `≤ ${plan}`)),
  ].join("\n");
}
