import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log.ts";
import { installedPostgres, runnableBinaries } from "./binaries.ts";
import { ensureCluster, readPassword } from "./cluster.ts";
import { openDataDir, passwordFileOf } from "./data-dir.ts";
import { currentDataFolder, locateDataFolder } from "./data-folder.ts";
import { DataDirInUseError, EmbeddedDatabaseError } from "./errors.ts";
import { acquireLock, type Lock } from "./lock.ts";
import { stopOrphans } from "./orphans.ts";
import { readPidFile } from "./pid-file.ts";
import { completeRestore } from "./restored-data.ts";
import { databaseUrl, serverSettings } from "./server-settings.ts";
import { supervise } from "./supervisor.ts";

export interface EmbeddedOptions {
  /** Created if it is missing. */
  dataDir: string;
  log: Log;
  /** Turns durability off. Only for tests. */
  throwaway?: boolean;
  /** PostgreSQL's max_connections; 100 by default. */
  maxConnections?: number;
  /** Ends a start in progress: what has been started is stopped, and the start fails. */
  signal?: AbortSignal;
}

export interface EmbeddedDatabase {
  /** The PostgreSQL URL of the owner, a superuser. Valid until stop(), also after restarts of the server. */
  url: string;
  dataFolder: string;
  /** Shuts the server down within about ten seconds. A second call returns the same promise. */
  stop(): Promise<void>;
}

const ATTACH_TIMEOUT_MS = 15_000;
const ATTACH_POLL_MS = 100;

/**
 * Starts the PostgreSQL server of a DATA_DIR. The data is initialized at the first start, and the server is restarted
 * if it crashes. It ends with this process, even if that is killed.
 * @throws EmbeddedDatabaseError
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  try {
    const postgresFolder = await installedPostgres();
    const dataDir = await openDataDir(options.dataDir);
    const lock = await acquireLock(dataDir);
    try {
      return await startLocked(postgresFolder, dataDir, lock, options);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw toEmbeddedDatabaseError(error);
  }
}

/**
 * Uses the database that another process on this machine runs for this DATA_DIR, or starts it. For commands beside the
 * application.
 * @returns a handle whose stop() does nothing for a server of another process
 * @throws EmbeddedDatabaseError
 */
export async function attachOrStartEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const startedAt = performance.now();
  for (;;) {
    try {
      return await startEmbedded(options);
    } catch (error) {
      if (!(error instanceof DataDirInUseError)) throw error;
      const running = await findRunning(options.dataDir).catch((reason) => {
        throw toEmbeddedDatabaseError(reason);
      });
      if (running) return running;
      if (performance.now() - startedAt > ATTACH_TIMEOUT_MS) throw error;
      await sleep(ATTACH_POLL_MS);
    }
  }
}

async function startLocked(
  postgresFolder: string,
  dataDir: string,
  lock: Lock,
  { log, throwaway = false, maxConnections = 100, signal }: EmbeddedOptions,
): Promise<EmbeddedDatabase> {
  const passwordFile = passwordFileOf(dataDir);
  if (await completeRestore(dataDir))
    // The secrets may have been read before they were replaced.
    throw new EmbeddedDatabaseError(
      `An interrupted restore of ${dataDir} has been completed: start Tock again`,
    );
  const location = await locateDataFolder(dataDir, !existsSync(passwordFile), log);
  const { dataFolder, account } = location;
  await stopOrphans(dataFolder, log);
  const starting = signal ? AbortSignal.any([signal, lock.lost]) : lock.lost;
  starting.throwIfAborted();
  const binaries = await runnableBinaries(postgresFolder, account, location.createHome);
  const password = await ensureCluster({ location, binaries, passwordFile, throwaway });
  starting.throwIfAborted();
  const settings = serverSettings(throwaway, maxConnections);
  const server = await supervise(
    { postgres: binaries.postgres, dataFolder, account, settings, log },
    starting,
  );
  log.info({ dataFolder, port: server.port, account: account?.name }, "embedded database started");
  let stopping: Promise<void> | undefined;
  const stopWithoutLock = () => {
    log.error(
      { dataDir },
      "another Tock has taken over DATA_DIR: embedded database stopped, restart this Tock",
    );
    // From now on this process must not touch the data folder.
    stopping ??= server.kill();
  };
  lock.lost.addEventListener("abort", stopWithoutLock);
  // A signal that was aborted during the last step of the start calls no new listener.
  if (lock.lost.aborted) stopWithoutLock();
  return {
    url: databaseUrl(server.port, password),
    dataFolder,
    stop: () => {
      stopping ??= server.stop().then(lock.release);
      return stopping;
    },
  };
}

async function findRunning(dataDir: string): Promise<EmbeddedDatabase | undefined> {
  const folder = await realpath(dataDir);
  const dataFolder = await currentDataFolder(folder);
  const server = await readPidFile(dataFolder);
  const password = await readPassword(passwordFileOf(folder));
  if (!server?.isReady || !password) return undefined;
  return { url: databaseUrl(server.port, password), dataFolder, stop: async () => undefined };
}

function toEmbeddedDatabaseError(error: unknown): EmbeddedDatabaseError {
  if (error instanceof EmbeddedDatabaseError) return error;
  const [line] = String(error instanceof Error ? error.message : error).split("\n");
  return new EmbeddedDatabaseError(`The embedded database could not start: ${line}`, { cause: error });
}
