import { CoverageReport } from "monocart-coverage-reports";

const LEAST_PERCENT = 80;

/**
 * What the tests reached of the server, measured in the built processes that answered them (Node wrote it when they
 * ended, NODE_V8_COVERAGE) and told by source file through their source maps.
 * @param from the folder of Node's raw files; @param to where the report goes
 * @returns the share of lines in %, and whether it is enough
 */
export async function backendCoverage(from: string, to: string) {
  const report = new CoverageReport({
    name: "Tock: the built server",
    outputDir: to,
    reports: ["console-summary", "json-summary"],
    entryFilter: {
      "**/node_modules/**": false,
      "**/packages-*.js": false,
      "**/build/server/**": true,
      "**": false,
    },
    sourceFilter: {
      "**/components/**": false,
      "**/node_modules/**": false,
      "app/**": true,
      "db/**": true,
      "**": false,
    },
    sourcePath: (path) => path.replace(/^.*?(?=(?:app|db)\/)/, ""),
  });
  await report.addFromDir(from);
  const results = await report.generate();
  const lines = Number(results?.summary.lines.pct ?? 0);
  return { lines, enough: lines >= LEAST_PERCENT, least: LEAST_PERCENT };
}
