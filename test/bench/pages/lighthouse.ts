import lighthouse from "lighthouse";

/** Scores of 100; seconds, but TBT in milliseconds; kB of scripts and styles, gzipped. */
export interface Figures {
  performance: number;
  accessibility: number;
  bestPractices: number;
  fcp: number;
  lcp: number;
  tti: number;
  cls: number;
  tbt: number;
  js: number;
  css: number;
}

/**
 * One run against a Chromium that listens for its debugger at `port`, as a slow phone on a slow line.
 * @returns the figures, without weights, and one line for each audit that takes points off a score
 * @throws Error when the page could not be measured, or another one came in its place
 */
export async function runLighthouse(url: string, port: number) {
  const result = await lighthouse(url, {
    port,
    logLevel: "error",
    output: "json",
    formFactor: "mobile",
    throttlingMethod: "simulate",
    onlyCategories: ["performance", "accessibility", "best-practices"],
  });
  if (!result || result.lhr.runtimeError) throw new Error(`${url}: ${result?.lhr.runtimeError?.message}`);
  const { audits, categories, finalDisplayedUrl } = result.lhr;
  if (finalDisplayedUrl !== url) throw new Error(`${url} led to ${finalDisplayedUrl}`);
  const score = (id: string) => Math.round((categories[id]?.score ?? Number.NaN) * 100);
  const value = (id: string) => audits[id]?.numericValue ?? Number.NaN;
  const complaints = Object.values(categories).flatMap(({ title, auditRefs }) =>
    auditRefs
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => `${title}: ${audits[id]?.title} ${audits[id]?.displayValue ?? ""}`),
  );
  return {
    complaints,
    figures: {
      performance: score("performance"),
      accessibility: score("accessibility"),
      bestPractices: score("best-practices"),
      fcp: value("first-contentful-paint") / 1000,
      lcp: value("largest-contentful-paint") / 1000,
      tti: value("interactive") / 1000,
      cls: value("cumulative-layout-shift"),
      tbt: value("total-blocking-time"),
    },
  };
}

/** @returns the median of each figure by itself */
export function median(runs: Figures[]): Figures {
  const middle = (key: keyof Figures) => {
    const sorted = runs.map((run) => run[key]).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  };
  const keys = Object.keys(runs[0] ?? {}) as (keyof Figures)[];
  return Object.fromEntries(keys.map((key) => [key, middle(key)])) as unknown as Figures;
}
