import { CoverageReport } from "monocart-coverage-reports";

/**
 * Reports the coverage of the built server by source file. Node writes the raw data when a server process exits
 * (NODE_V8_COVERAGE); source maps lead from the bundle to app/ and db/.
 * @param rawFolder the folder of Node's raw files
 * @returns the covered lines in percent
 */
export async function reportBackendCoverage(rawFolder: string, reportFolder: string): Promise<number> {
  const report = new CoverageReport({
    name: "Tock: the built server",
    outputDir: reportFolder,
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
  await report.addFromDir(rawFolder);
  const results = await report.generate();
  return Number(results?.summary.lines.pct ?? 0);
}
