import lighthouse from "lighthouse";

/** The measured values of a page. */
export interface PageMetrics {
  /** Scores from 0 to 100. */
  performance: number;
  accessibility: number;
  bestPractices: number;
  fcpSeconds: number;
  lcpSeconds: number;
  /** Cumulative layout shift, without a unit. */
  cls: number;
  tbtMs: number;
  /** Scripts and styles, compressed with gzip. */
  jsKb: number;
  cssKb: number;
}

export type LighthouseMetrics = Omit<PageMetrics, "jsKb" | "cssKb">;

/**
 * Runs Lighthouse for a mobile phone, once. The network and the CPU are really slowed down: simulated throttling
 * estimates the times instead, and rewards scripts that start late.
 * @param port the debugging port of a running Chromium
 * @returns the metrics, and one line for each audit that lowers a score
 * @throws Error when the page cannot be measured or redirects elsewhere
 */
export async function runLighthouse(url: string, port: number) {
  const result = await lighthouse(url, {
    port,
    logLevel: "error",
    output: "json",
    formFactor: "mobile",
    throttlingMethod: "devtools",
    onlyCategories: ["performance", "accessibility", "best-practices"],
  });
  if (!result || result.lhr.runtimeError) throw new Error(`${url}: ${result?.lhr.runtimeError?.message}`);
  const { audits, categories, finalDisplayedUrl } = result.lhr;
  if (finalDisplayedUrl !== url) throw new Error(`${url} redirected to ${finalDisplayedUrl}`);
  const score = (id: string) => Math.round((categories[id]?.score ?? Number.NaN) * 100);
  const value = (id: string) => audits[id]?.numericValue ?? Number.NaN;
  const findings = Object.values(categories).flatMap(({ title, auditRefs }) =>
    auditRefs
      .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => `${title}: ${audits[id]?.title} ${audits[id]?.displayValue ?? ""}`),
  );
  const metrics: LighthouseMetrics = {
    performance: score("performance"),
    accessibility: score("accessibility"),
    bestPractices: score("best-practices"),
    fcpSeconds: value("first-contentful-paint") / 1000,
    lcpSeconds: value("largest-contentful-paint") / 1000,
    cls: value("cumulative-layout-shift"),
    tbtMs: value("total-blocking-time"),
  };
  return { findings, metrics };
}

/** @returns the median of each metric by itself */
export function medianOf(runs: PageMetrics[]): PageMetrics {
  const median = (key: keyof PageMetrics) => {
    const sorted = runs.map((run) => run[key]).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  };
  const keys = Object.keys(runs[0] ?? {}) as (keyof PageMetrics)[];
  return Object.fromEntries(keys.map((key) => [key, median(key)])) as unknown as PageMetrics;
}
