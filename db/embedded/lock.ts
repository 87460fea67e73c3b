import { closeSync, openSync, writeSync } from "node:fs";
import { readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataDirInUseError, EmbeddedDatabaseError } from "./errors.ts";
import { findProcess, pidNamespace, processStartTime } from "./processes.ts";

const HEARTBEAT_MS = 2_000;
/** A lock without a heartbeat for this long is stale. */
const HEARTBEAT_TIMEOUT_MS = 3 * HEARTBEAT_MS;
/** How long an empty lock file may be one that is being written. */
const WRITE_TIMEOUT_MS = 1_000;
const TAKEOVER_TIMEOUT_MS = 10_000;
const TAKEOVER_POLL_MS = 50;

export interface Lock {
  /** Aborted when another process has taken the lock over, because this one was paused for too long. */
  lost: AbortSignal;
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  startTime: string;
  pidNamespace: string;
}

/**
 * Acquires the lock of a DATA_DIR, which one process at a time holds. A lock that was left by a crash is taken over.
 * @throws DataDirInUseError if a running process of this machine holds it; EmbeddedDatabaseError if one of another
 * container does
 */
export async function acquireLock(dataDir: string): Promise<Lock> {
  const file = join(dataDir, "postgres.lock");
  const holder: Holder = {
    pid: process.pid,
    startTime: (await processStartTime(process.pid)) ?? "",
    pidNamespace: await pidNamespace(),
  };
  const content = JSON.stringify(holder);
  for (;;) {
    if (createFile(file, content)) return holdLock(file, content);
    const found = await readLock(file);
    if (found === undefined) continue;
    await assertStale(dataDir, file, found, holder.pidNamespace);
    await removeStale(file, found);
  }
}

/** Synchronous, so that a busy event loop does not leave the file empty. @returns false if the file exists */
function createFile(file: string, content: string): boolean {
  try {
    const descriptor = openSync(file, "wx", 0o644);
    writeSync(descriptor, content);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function holdLock(file: string, content: string): Lock {
  const lost = new AbortController();
  let isReleased = false;
  const beat = async () => {
    const found = await readLock(file);
    if (found === content) return utimes(file, new Date(), new Date());
    clearInterval(heartbeat);
    if (!isReleased) lost.abort(new EmbeddedDatabaseError(`Another Tock has taken over ${file}.`));
  };
  // A file that cannot be read does not tell who holds the lock.
  const heartbeat = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS).unref();
  return {
    lost: lost.signal,
    async release() {
      isReleased = true;
      clearInterval(heartbeat);
      if ((await readLock(file)) === content) await rm(file, { force: true });
    },
  };
}

function readLock(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function assertStale(
  dataDir: string,
  file: string,
  content: string,
  ownNamespace: string,
): Promise<void> {
  const holder = parseHolder(content);
  // The file is empty between its creation and the write, or after a crash there.
  if (!holder) return sleep(WRITE_TIMEOUT_MS);
  const advice = `already uses ${dataDir}: stop it, or set another DATA_DIR for this one`;
  if (holder.pidNamespace !== ownNamespace) {
    if (await hasHeartbeat(file))
      throw new EmbeddedDatabaseError(`Another Tock, on ${holder.pidNamespace}, ${advice}`);
    return;
  }
  const found = await findProcess(holder.pid, holder.startTime);
  if (found === "running" || (found === "uncertain" && (await hasHeartbeat(file))))
    throw new DataDirInUseError(`Another Tock (process ${holder.pid}) ${advice}`);
}

function parseHolder(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return undefined;
  }
}

/** For a holder whose process id does not tell whether it is running. */
async function hasHeartbeat(file: string): Promise<boolean> {
  const modifiedMs = () =>
    stat(file).then(
      (stats) => stats.mtimeMs,
      () => undefined,
    );
  const before = await modifiedMs();
  const startedAt = performance.now();
  while (performance.now() - startedAt < HEARTBEAT_TIMEOUT_MS) {
    const current = await modifiedMs();
    if (current !== before) return current !== undefined;
    await sleep(HEARTBEAT_MS / 4);
  }
  return false;
}

/**
 * Removes a stale lock under a second lock. Without it, of two processes that find the same stale lock, the slower one
 * would remove the new lock of the faster one.
 */
async function removeStale(file: string, content: string): Promise<void> {
  const takeover = `${file}.takeover`;
  if (!createFile(takeover, "")) {
    const stats = await stat(takeover).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > TAKEOVER_TIMEOUT_MS) await rm(takeover, { force: true });
    return sleep(TAKEOVER_POLL_MS);
  }
  try {
    if ((await readLock(file)) === content) await rm(file, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}
