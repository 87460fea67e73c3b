import { closeSync, openSync, writeSync } from "node:fs";
import { readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcessRunning, pidNamespace, processStartTime } from "./processes.ts";
import { EmbeddedDatabaseError, InUseError } from "./types.ts";

const HEARTBEAT_MS = 2_000;
const SILENT_MS = 3 * HEARTBEAT_MS;
const HALF_WRITTEN_MS = 1_000;
const TAKEOVER_MS = 10_000;

interface Holder {
  pid: number;
  started: string;
  space: string;
}

/**
 * Makes this process the only one that runs the database of a folder. A lock left by a crash is taken over.
 * @returns the release
 * @throws InUseError if a living Tock holds it
 */
export async function acquireLock(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, "postgres.lock");
  const holder: Holder = {
    pid: process.pid,
    started: (await processStartTime(process.pid)) ?? "",
    space: await pidNamespace(),
  };
  const ours = JSON.stringify(holder);
  for (;;) {
    if (create(file, ours)) return keep(file, ours);
    const theirs = await read(file);
    if (theirs === undefined) continue;
    await refuseLiving(dataDir, file, theirs, holder.space);
    await removeStale(file, theirs);
  }
}

/** Synchronous, so that a busy event loop never leaves the file empty for others to find. */
function create(file: string, text: string): boolean {
  try {
    const descriptor = openSync(file, "wx", 0o644);
    writeSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function keep(file: string, ours: string): () => Promise<void> {
  const beat = () => void utimes(file, new Date(), new Date()).catch(() => undefined);
  const heart = setInterval(beat, HEARTBEAT_MS).unref();
  return async () => {
    clearInterval(heart);
    if ((await read(file)) === ours) await rm(file, { force: true });
  };
}

function read(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function refuseLiving(dataDir: string, file: string, theirs: string, space: string): Promise<void> {
  const holder = parse(theirs);
  // Created, not yet filled: its maker is between two system calls, or died there.
  if (!holder) return sleep(HALF_WRITTEN_MS);
  const what = `already uses ${dataDir}: stop it, or give this one a DATA_DIR of its own`;
  if (holder.space !== space) {
    if (await beats(file)) throw new EmbeddedDatabaseError(`Another Tock, on ${holder.space}, ${what}`);
  } else if (await isSameProcessRunning(holder.pid, holder.started)) {
    throw new InUseError(`Another Tock (process ${holder.pid}) ${what}`);
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** Another container's process ids say nothing here; that it goes on touching its lock does. */
async function beats(file: string): Promise<boolean> {
  const modified = () =>
    stat(file).then(
      (stats) => stats.mtimeMs,
      () => undefined,
    );
  const before = await modified();
  for (const end = Date.now() + SILENT_MS; Date.now() < end; await sleep(HEARTBEAT_MS / 4)) {
    const now = await modified();
    if (now !== before) return now !== undefined;
  }
  return false;
}

/** Two starts may find the same stale lock: unlinked without this claim, the slower one would remove the quicker one's new lock. */
async function removeStale(file: string, stale: string): Promise<void> {
  const claim = `${file}.takeover`;
  if (!create(claim, "")) {
    const claimed = await stat(claim).catch(() => undefined);
    if (claimed && Date.now() - claimed.mtimeMs > TAKEOVER_MS) await rm(claim, { force: true });
    return sleep(50);
  }
  try {
    if ((await read(file)) === stale) await rm(file, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}
