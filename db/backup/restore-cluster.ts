import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Binaries, installedPostgres, runnableBinaries } from "../embedded/binaries.ts";
import { readPassword, UNFINISHED_PREFIX } from "../embedded/cluster.ts";
import { openDataDir, passwordFileOf } from "../embedded/data-dir.ts";
import { type DataLocation, locateDataFolder } from "../embedded/data-folder.ts";
import { EmbeddedDatabaseError } from "../embedded/errors.ts";
import { acquireLock } from "../embedded/lock.ts";
import { stopOrphans } from "../embedded/orphans.ts";
import { type CompletedRestore, commitRestore, completeRestore } from "../embedded/restored-data.ts";
import { runProgram } from "../embedded/run-program.ts";
import { databaseUrl, serverSettings } from "../embedded/server-settings.ts";
import { supervise } from "../embedded/supervisor.ts";
import type { Log } from "../log.ts";
import { extractArchive } from "./read-archive.ts";

export interface RestoreOptions {
  dataDir: string;
  /** A verified archive of a cluster of the installed PostgreSQL version. */
  archive: string;
  log: Log;
  /** Ends the work before the restored database takes its place. */
  signal: AbortSignal;
  /** Examines the database that would be replaced, if there is one; it rejects to keep that. Without it any is replaced. */
  inspectExisting?: (url: string) => Promise<void>;
  /** Examines the restored database before it takes its place; it rejects to discard it. */
  inspectRestored: (url: string) => Promise<void>;
}

interface Restore extends RestoreOptions {
  location: DataLocation;
  binaries: Binaries;
}

const CONNECTIONS = 20;

/**
 * Restores an embedded database while no Tock uses its DATA_DIR. The archive is extracted beside the existing database, a
 * server replays its write-ahead log there, and only then does it take the place of the existing one, which is kept.
 * @throws DataDirInUseError if a Tock is running; EmbeddedDatabaseError; what the inspections throw. The existing database is
 * then unchanged
 */
export async function restoreCluster(options: RestoreOptions): Promise<CompletedRestore> {
  const { log } = options;
  const postgresFolder = await installedPostgres();
  const dataDir = await openDataDir(options.dataDir);
  const lock = await acquireLock(dataDir);
  const signal = AbortSignal.any([options.signal, lock.lost]);
  try {
    await completeRestore(dataDir);
    const location = await locateDataFolder(dataDir, !existsSync(passwordFileOf(dataDir)), log);
    await stopOrphans(location.dataFolder, log);
    const binaries = await runnableBinaries(postgresFolder, location.account, location.createHome);
    return await restoreLocked({ ...options, dataDir, signal, location, binaries });
  } finally {
    await lock.release();
  }
}

async function restoreLocked(restore: Restore): Promise<CompletedRestore> {
  const { dataDir, location, archive, signal } = restore;
  if (restore.inspectExisting && existsSync(join(location.dataFolder, "PG_VERSION")))
    await withServer(restore, location.dataFolder, dataDir, restore.inspectExisting).catch((cause) => {
      if (!(cause instanceof EmbeddedDatabaseError)) throw cause;
      throw new EmbeddedDatabaseError(`The existing database cannot be examined (${cause.message})`, {
        cause,
      });
    });
  signal.throwIfAborted();
  const folder = join(dirname(location.dataFolder), UNFINISHED_PREFIX + randomBytes(4).toString("hex"));
  await mkdir(folder);
  try {
    // The account of root's database must be able to pass through, but not to list the files.
    await chmod(folder, location.account ? 0o711 : 0o700);
    await extractArchive(archive, folder);
    const data = join(folder, "postgres");
    await chownToAccount(location, data);
    signal.throwIfAborted();
    // The server flushes the files to the disk before it replays the log.
    await withServer(restore, data, folder, restore.inspectRestored);
    signal.throwIfAborted();
    return await commitRestore(dataDir, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function chownToAccount({ account }: DataLocation, data: string): Promise<void> {
  if (!account) return;
  const { ok, output } = await runProgram("chown", ["-R", `${account.uid}:${account.gid}`, data]);
  if (!ok)
    throw new EmbeddedDatabaseError(
      `${data} cannot be given to the account ${account.name}: ${output.trim()}`,
    );
}

/** Runs `work` with a server for a data folder. @param secrets the folder with its password */
async function withServer(
  { binaries, location, log, signal }: Restore,
  dataFolder: string,
  secrets: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const password = await readPassword(passwordFileOf(secrets));
  if (!password) throw new EmbeddedDatabaseError(`The password of the database in ${dataFolder} is missing`);
  const settings = serverSettings(false, CONNECTIONS);
  const { account } = location;
  const server = await supervise({ postgres: binaries.postgres, dataFolder, account, settings, log }, signal);
  try {
    await work(databaseUrl(server.port, password));
  } finally {
    await server.stop();
  }
}
