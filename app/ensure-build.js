import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ["app", "db", "public", "package-lock.json", "remix.config.js", "vite.config.ts"];

/** The path of the built server. */
export const builtServer = join(root, "build/server/index.js");

/** @param {string} path a file or folder @returns {number} its latest modification, in ms since 1970 */
function lastModified(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => lastModified(join(path, name))));
}

function isBuildCurrent() {
  if (!existsSync(builtServer)) return false;
  const builtAt = statSync(builtServer).mtimeMs;
  const sources = SOURCES.map((name) => join(root, name)).filter((path) => existsSync(path));
  return sources.every((path) => lastModified(path) <= builtAt);
}

/**
 * Builds the app if there is no build, or if a source is newer than the build.
 * @throws {Error} if the build fails; its output is on stderr
 */
export function ensureBuild() {
  // The image contains the build without its sources.
  if (!existsSync(join(root, "vite.config.ts"))) return;
  if (isBuildCurrent()) return;
  process.stderr.write("Building Tock (on the first start and after changes)…\n");
  const built = spawnSync("npm", ["run", "build", "--silent"], {
    cwd: root,
    // Vitest sets NODE_ENV=test, and Vite would then build in another mode.
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.status !== 0) throw new Error("The build failed.");
}
