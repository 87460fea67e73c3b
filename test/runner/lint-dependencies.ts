import { readFileSync } from "node:fs";

/*
 * `tsx test/lint-dependencies.ts`: what lockfile-lint cannot see in a lock file without addresses, and whether every
 * production dependency has its reason in .github/SECURITY.md.
 */

interface LockedPackage {
  name?: string;
  link?: boolean;
  integrity?: string;
}
export interface Lock {
  packages: Record<string, LockedPackage>;
}

/** Second copies of an older version, side by side with the newer one, that @isaacs/cliui asks for. */
const ALIASES = new Set(["string-width-cjs", "strip-ansi-cjs", "wrap-ansi-cjs"]);
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** @returns one line for each locked package that npm would install unchecked, or from elsewhere than its name says */
export function lintLock(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, { name, link, integrity }]) => {
    if (path === "") return [];
    const called = path.split("node_modules/").at(-1) ?? "";
    const wrong: string[] = [];
    if (link || !path.includes("node_modules/")) wrong.push(`${path}: is a folder, not a package`);
    else if (!SHA512.test(integrity ?? "")) wrong.push(`${path}: has no sha512 to be checked against`);
    if (name !== undefined && name !== called && !ALIASES.has(called))
      wrong.push(`${path}: installs ${name} under another name`);
    return wrong;
  });
}

/** @returns one line for each production dependency that the table does not explain, and for each that is no longer one */
export function lintReasons(dependencies: Record<string, string>, text: string): string[] {
  const [, table = ""] = /^## Production dependencies$(.*?)(?=^## |$(?![\s\S]))/ms.exec(text) ?? [];
  const reasons = new Map(
    [...table.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, name, why]) => [name, why]),
  );
  return [
    ...Object.keys(dependencies)
      .filter((name) => !reasons.get(name)?.trim())
      .map((name) => `${name}: say in the table of production dependencies what it is for`),
    ...[...reasons.keys()]
      .filter((name) => name !== undefined && !(name in dependencies))
      .map((name) => `${name}: is in the table, but is no production dependency`),
  ];
}

if (process.argv[1]?.endsWith("lint-dependencies.ts")) {
  const read = (file: string) => readFileSync(file, "utf8");
  const wrong = [
    ...lintLock(JSON.parse(read("package-lock.json"))).map((line) => `package-lock.json: ${line}`),
    ...lintReasons(JSON.parse(read("package.json")).dependencies, read(".github/SECURITY.md")),
  ];
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
