import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DemoApp, embeddedDatabase } from "../demo-app.ts";

const DOWN_MS = 3_500;
const KILL_INTERVAL_MS = 120;
const RECOVERY_MS = 15_000;

/** Kills the embedded PostgreSQL, and each one that is restarted in its place, for 3.5 s. */
export async function keepDatabaseDown(app: DemoApp): Promise<void> {
  const { dataFolder } = await embeddedDatabase(app);
  for (const end = Date.now() + DOWN_MS; Date.now() < end; await sleep(KILL_INTERVAL_MS)) {
    try {
      const [pid] = (await readFile(join(dataFolder, "postmaster.pid"), "utf8")).split("\n");
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Between two servers there is no file, or its process is gone.
    }
  }
}

export const isHealthy = async ({ url }: DemoApp): Promise<boolean> => (await fetch(`${url}/health`)).ok;

export async function waitUntilHealthy(app: DemoApp): Promise<void> {
  for (const end = Date.now() + RECOVERY_MS; !(await isHealthy(app)); await sleep(100))
    if (Date.now() > end) throw new Error(`the database did not recover within ${RECOVERY_MS / 1000} s`);
}
