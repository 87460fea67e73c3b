import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processExists } from "./processes.ts";
import { runProgram } from "./run-program.ts";
import type { Log } from "./types.ts";

const FAST_SHUTDOWN_MS = 8_000;
const IMMEDIATE_SHUTDOWN_MS = 3_000;
const ORPHANED_BACKENDS_MS = 500;

export interface PidFile {
  pid: number;
  port: number;
  ready: boolean;
}

/** What postmaster.pid says: line 1 its process, 4 its port, 8 its state (the first lines may stand there alone for a moment). */
export async function readPidFile(dataFolder: string): Promise<PidFile | undefined> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  // Negative for PostgreSQL's single-user mode.
  const pid = Math.abs(Number(lines[0]));
  return pid > 0 ? { pid, port: Number(lines[3]), ready: lines[7]?.trim() === "ready" } : undefined;
}

/**
 * Ends every PostgreSQL process of a data folder that no living Tock runs any more: a second server over backends
 * of a first one would destroy the data. The caller holds the folder's lock.
 */
export async function stopOrphans(dataFolder: string, log: Log): Promise<void> {
  const found = await serverProcesses(dataFolder);
  const postmaster = (await readPidFile(dataFolder))?.pid;
  if (found.length > 0) {
    log.warn({ processes: found }, "Stopping what an earlier run of the database left behind");
    if (postmaster && found.includes(postmaster)) await shutDownOrphan(dataFolder, postmaster);
    await endBackends(dataFolder);
  }
  // With its process dead, PostgreSQL clears the file itself, after a check of its own that nothing uses the memory
  // named in it. With the id reused by another program it would refuse to start for ever.
  if (postmaster && processExists(postmaster)) await rm(join(dataFolder, "postmaster.pid"), { force: true });
}

async function shutDownOrphan(dataFolder: string, postmaster: number): Promise<void> {
  signal([postmaster], "SIGINT");
  if (await allGone(dataFolder, FAST_SHUTDOWN_MS)) return;
  signal([postmaster], "SIGQUIT");
  await allGone(dataFolder, IMMEDIATE_SHUTDOWN_MS);
}

/** Once their postmaster is dead, backends only finish what they are at; killing them costs nothing committed. */
async function endBackends(dataFolder: string): Promise<void> {
  for (const name of ["SIGQUIT", "SIGKILL", "SIGKILL"] as const) {
    const left = await serverProcesses(dataFolder);
    signal(left, name);
    if (left.length === 0 || (await allGone(dataFolder, ORPHANED_BACKENDS_MS))) return;
  }
  throw new Error(`Processes of an earlier database in ${dataFolder} do not end`);
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone in between.
    }
  }
}

async function allGone(dataFolder: string, withinMs: number): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(30)) {
    if ((await serverProcesses(dataFolder)).length === 0) return true;
  }
  return false;
}

/**
 * PostgreSQL's processes all work inside their data folder; unlike command lines, that is true of orphans too.
 * Folders are compared by inode, since a bind mount gives one folder two paths.
 */
async function serverProcesses(dataFolder: string): Promise<number[]> {
  if (process.platform !== "linux") return serverProcessesByLsof(dataFolder);
  const wanted = await identity(dataFolder);
  if (!wanted) return [];
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const matches = await Promise.all(
    pids.map(async (pid) => {
      const program = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      return program.startsWith("postgres") && (await identity(`/proc/${pid}/cwd`)) === wanted;
    }),
  );
  return pids.filter((_, index) => matches[index]);
}

async function identity(folder: string): Promise<string | undefined> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}

async function serverProcessesByLsof(dataFolder: string): Promise<number[]> {
  const { output } = await runProgram("lsof", ["-w", "-a", "-c", "postgres", "-d", "cwd", "-Fpn"]);
  // Its exit code is 1 also when there are none; not knowing is no reason to think so.
  if (output.includes("ENOENT"))
    throw new Error("lsof is needed to look for what an earlier run left, and is missing");
  const pids: number[] = [];
  let pid = 0;
  for (const line of output.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    if (line === `n${dataFolder}`) pids.push(pid);
  }
  return pids;
}
