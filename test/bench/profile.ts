import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const place = (url: string, line: number) => `${url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, "")}:${line + 1}`;

/**
 * The functions with the most time of their own in the newest profile of a folder.
 * @returns lines such as `  4.2%  parse  zod/index.js:12`
 */
export function topOfProfile(folder: string, count = 30): string[] {
  const file = readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .sort()
    .at(-1);
  if (!file) throw new Error(`there is no CPU profile in ${folder}`);
  const { nodes, samples, timeDeltas }: CpuProfile = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || "(anonymous)"}  ${url ? place(url, lineNumber) : ""}`,
    ]),
  );
  const selfUs = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    if (!name.startsWith("(idle)")) selfUs.set(name, (selfUs.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const total = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, us]) => `${((us / total) * 100).toFixed(1).padStart(5)}%  ${name}`);
}
