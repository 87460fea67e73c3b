import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * `npm start`: builds when there is no build, or when a source is newer than it, then becomes the server. In one
 * process, so that signals reach the server itself.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const server = join(root, "build/server/index.js");

/** @param {string} path a file or folder @returns {number} the newest change in it, in ms since 1970 */
function changed(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => changed(join(path, name))));
}

const sources = ["app", "db", "public", "package-lock.json", "remix.config.js", "vite.config.ts"].map((name) => join(root, name));
const present = sources.filter((path) => existsSync(path));

// An image holds the build alone.
if (existsSync(join(root, "vite.config.ts"))) {
  const fresh = existsSync(server) && present.every((path) => changed(path) <= statSync(server).mtimeMs);
  if (!fresh) {
    process.stderr.write("Building Tock (once, and after changes)…\n");
    const built = spawnSync("npm", ["run", "build", "--silent"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    if (built.status !== 0) process.exit(built.status ?? 1);
  }
}

process.env.NODE_ENV ??= "production";
await import(server);
