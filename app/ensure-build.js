import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ["app", "db", "public", "package-lock.json", "remix.config.js", "vite.config.ts"];

/** The built server, to be run by Node. */
export const builtServer = join(root, "build/server/index.js");

/** @param {string} path a file or folder @returns {number} the newest change in it, in ms since 1970 */
function changed(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changed(join(path, name))));
}

/**
 * Builds when there is no build, or when a source is newer than it.
 * @throws {Error} when the build fails; what is wrong has been printed by then
 */
export function ensureBuild() {
  // An image holds the build alone, and nothing to build it from.
  if (!existsSync(join(root, "vite.config.ts"))) return;
  const sources = SOURCES.map((name) => join(root, name)).filter((path) => existsSync(path));
  if (existsSync(builtServer) && sources.every((path) => changed(path) <= statSync(builtServer).mtimeMs))
    return;
  process.stderr.write("Building Tock (at first, and after changes)…\n");
  const built = spawnSync("npm", ["run", "build", "--silent"], {
    cwd: root,
    // Vitest says NODE_ENV=test, and Vite would build something that is not for production.
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.status !== 0) throw new Error("The build failed.");
}
