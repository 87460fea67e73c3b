import { readFileSync } from "node:fs";

/*
 * `tsx test/runner/lint-dependencies.ts`: checks the lock file for what lockfile-lint cannot see without URLs in it, and
 * that .github/SECURITY.md gives a reason for every production package. The dependency rules check that the application
 * imports no other package.
 */

interface LockedPackage {
  name?: string;
  link?: boolean;
  integrity?: string;
}
export interface Lock {
  packages: Record<string, LockedPackage>;
}

/** Aliases of older versions that @isaacs/cliui installs beside the newer ones. */
const ALIASES = new Set(["string-width-cjs", "strip-ansi-cjs", "wrap-ansi-cjs"]);
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** @returns one line for each package that npm would install unverified, or under another package's name */
export function lintLock(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, { name, link, integrity }]) => {
    if (path === "") return [];
    const folderName = path.split("node_modules/").at(-1) ?? "";
    const problems: string[] = [];
    if (link || !path.includes("node_modules/")) problems.push(`${path}: is a folder, not a package`);
    else if (!SHA512.test(integrity ?? "")) problems.push(`${path}: has no sha512 checksum`);
    if (name !== undefined && name !== folderName && !ALIASES.has(folderName))
      problems.push(`${path}: installs ${name} under another name`);
    return problems;
  });
}

interface Manifest {
  /** Packages that the built server loads from node_modules. */
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** @returns one line for each of the `dependencies` without a reason, and for each reason without a package */
export function lintReasons({ dependencies, devDependencies }: Manifest, text: string): string[] {
  const [, table = ""] = /^## Production packages$(.*?)(?=^## |$(?![\s\S]))/ms.exec(text) ?? [];
  const reasons = new Map(
    [...table.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, name, reason]) => [name, reason]),
  );
  return [
    ...Object.keys(dependencies)
      .filter((name) => !reasons.get(name)?.trim())
      .map((name) => `${name}: add its reason to the table of production packages`),
    ...[...reasons.keys()]
      .filter((name) => name !== undefined && !(name in dependencies) && !(name in devDependencies))
      .map((name) => `${name}: is in the table of production packages, but not in package.json`),
  ];
}

if (process.argv[1]?.endsWith("lint-dependencies.ts")) {
  const read = (file: string) => readFileSync(file, "utf8");
  const problems = [
    ...lintLock(JSON.parse(read("package-lock.json"))).map((line) => `package-lock.json: ${line}`),
    ...lintReasons(JSON.parse(read("package.json")), read(".github/SECURITY.md")),
  ];
  for (const line of problems) process.stderr.write(`${line}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
