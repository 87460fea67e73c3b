import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log.ts";
import { pidFilePath, readPidFile } from "./pid-file.ts";
import { processExists } from "./processes.ts";
import { findServerProcesses } from "./server-processes.ts";

const FAST_SHUTDOWN_MS = 8_000;
const IMMEDIATE_SHUTDOWN_MS = 3_000;
const BACKEND_EXIT_MS = 500;
const POLL_MS = 30;

/**
 * Stops all PostgreSQL processes of a data folder that survived their Tock process: a second server beside backends of
 * the first one would corrupt the data. The caller holds the lock of DATA_DIR.
 * @throws Error if they do not end
 */
export async function stopOrphans(dataFolder: string, log: Log): Promise<void> {
  const pids = await findServerProcesses(dataFolder);
  const postmaster = (await readPidFile(dataFolder))?.pid;
  if (pids.length > 0) {
    log.warn({ pids }, "stopping orphaned database processes of an earlier run");
    if (postmaster && pids.includes(postmaster)) await shutDownPostmaster(dataFolder, postmaster);
    await stopBackends(dataFolder);
  }
  // PostgreSQL removes the file of a dead process itself, after checking that its shared memory is unused. If another
  // program now has the process id, PostgreSQL would refuse to start.
  if (postmaster && processExists(postmaster)) await rm(pidFilePath(dataFolder), { force: true });
}

/**
 * Kills all PostgreSQL processes of a data folder at once, without writing or removing a file: a server of another
 * container may be using the folder.
 */
export async function killServerProcesses(dataFolder: string): Promise<void> {
  let pids = await findServerProcesses(dataFolder);
  while (pids.length > 0) {
    sendSignal(pids, "SIGKILL");
    await sleep(POLL_MS);
    pids = await findServerProcesses(dataFolder);
  }
}

async function shutDownPostmaster(dataFolder: string, postmaster: number): Promise<void> {
  sendSignal([postmaster], "SIGINT");
  if (await haveEnded(dataFolder, FAST_SHUTDOWN_MS)) return;
  sendSignal([postmaster], "SIGQUIT");
  await haveEnded(dataFolder, IMMEDIATE_SHUTDOWN_MS);
}

/** Without a postmaster, backends only finish their current statement. Killing them loses nothing that is committed. */
async function stopBackends(dataFolder: string): Promise<void> {
  for (const signal of ["SIGQUIT", "SIGKILL", "SIGKILL"] as const) {
    const pids = await findServerProcesses(dataFolder);
    sendSignal(pids, signal);
    if (pids.length === 0 || (await haveEnded(dataFolder, BACKEND_EXIT_MS))) return;
  }
  throw new Error(`Processes of an earlier database in ${dataFolder} do not end`);
}

function sendSignal(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // The process has ended in the meantime.
    }
  }
}

async function haveEnded(dataFolder: string, timeoutMs: number): Promise<boolean> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < timeoutMs) {
    if ((await findServerProcesses(dataFolder)).length === 0) return true;
    await sleep(POLL_MS);
  }
  return false;
}
