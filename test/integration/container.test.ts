import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { builtServer } from "#app/ensure-build.js";
import { CONTAINER_COMMAND, canRunContainers, containerPid } from "../support/container.ts";
import { cleanUp, query } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const canUnshare = canRunContainers();

const MAIN = fileURLToPath(new URL("../support/embedded-process-main.ts", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const ROWS = 200_000;
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await cleanUp();
});

function run(prefix: string[], args: string[], env: NodeJS.ProcessEnv) {
  const [program = "", ...rest] = [...prefix, process.execPath, ...args];
  const child = spawn(program, rest, { env, stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  running.add(child);
  const closed = once(child, "close").finally(() => running.delete(child));
  return { child, lines, closed };
}

describe.skipIf(!canUnshare)("in a container (skipped where unshare is not permitted)", () => {
  it("the embedded database starts again after each of five hard kills on one volume", {
    timeout: 150_000,
  }, async () => {
    const dataDir = await temporaryFolder();
    for (let round = 0; round < 5; round++) {
      const { child, lines, closed } = run(
        CONTAINER_COMMAND,
        ["--import", TSX, MAIN, dataDir, "start", "throwaway"],
        process.env,
      );
      const isOutcome = (line: string) => /"(url|error)":/.test(line);
      while (!lines.some(isOutcome) && child.exitCode === null) await sleep(20);
      const { url, error } = JSON.parse(lines.find(isOutcome) ?? "{}");
      expect(error).toBeUndefined();
      if (round === 0) await query(url, "create table kept (round integer)");
      const [row] = await query<{ total: number }>(url, "select count(*)::int as total from kept");
      expect(row?.total).toBe(round * ROWS);
      // Replaying them takes a moment, in which the server is not ready.
      const insert = `insert into kept select ${round} from generate_series(1, ${ROWS})`;
      await query(url, `set synchronous_commit = on; ${insert}`);
      process.kill(await containerPid(child), "SIGKILL");
      await closed;
    }
  });
});

describe.each([
  ["an ordinary process", true, []],
  ["process 1 of a container (skipped where unshare is not permitted)", canUnshare, CONTAINER_COMMAND],
] as [string, boolean, string[]][])("SIGTERM during the start of %s", (_, isPossible, prefix) => {
  it.skipIf(!isPossible)("stops the embedded database and exits with 0", async () => {
    const dataDir = await temporaryFolder();
    const env = { PATH: process.env.PATH, NODE_ENV: "production" as const, PORT: "0", DATA_DIR: dataDir };
    const { child, lines, closed } = run(prefix, [builtServer], env);
    await waitUntil(() => existsSync(join(dataDir, "postgres.lock")));
    process.kill(prefix.length > 0 ? await containerPid(child) : (child.pid ?? 0), "SIGTERM");
    const [code] = await closed;
    expect(code).toBe(0);
    expect(lines.join("\n")).not.toContain("Tock is ready");
    expect(existsSync(join(dataDir, "postgres.lock"))).toBe(false);
    expect(existsSync(join(dataDir, "postgres", "postmaster.pid"))).toBe(false);
  });
});
