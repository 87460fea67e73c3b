import { existsSync } from "node:fs";
import { access, chmod, constants, mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installedPrograms, runnableBinaries } from "./binaries.ts";
import { DATABASE_NAME, ensureCluster, readPassword } from "./cluster.ts";
import { currentDataFolder, locateDataFolder } from "./data-folder.ts";
import { acquireLock } from "./lock.ts";
import { readPidFile, stopOrphans } from "./orphans.ts";
import { LOG_SETTINGS } from "./server-log.ts";
import { supervise } from "./supervisor.ts";
import { type EmbeddedDatabase, EmbeddedDatabaseError, type EmbeddedOptions, InUseError } from "./types.ts";

export { type EmbeddedDatabase, EmbeddedDatabaseError, type EmbeddedOptions, type Log } from "./types.ts";

const ATTACH_MS = 15_000;

/**
 * Starts the PostgreSQL of a DATA_DIR, initialised at first, started again if it dies. It ends with this process,
 * however that ends.
 * @throws EmbeddedDatabaseError, with one line that says what to do
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  try {
    const programs = await installedPrograms();
    const dataDir = await openDataDir(options.dataDir);
    const release = await acquireLock(dataDir);
    try {
      return await startLocked(programs, dataDir, release, options);
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    throw inOneLine(error);
  }
}

/**
 * For commands beside the app: the database that a Tock on this machine runs for this DATA_DIR, else one started for the caller.
 * @returns a handle whose stop() leaves alone what it did not start
 * @throws EmbeddedDatabaseError, as startEmbedded does
 */
export async function attachOrStartEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const deadline = Date.now() + ATTACH_MS;
  for (;;) {
    try {
      return await startEmbedded(options);
    } catch (error) {
      if (!(error instanceof InUseError)) throw error;
      const running = await runningDatabase(options.dataDir).catch((reason) => {
        throw inOneLine(reason);
      });
      if (running) return running;
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function startLocked(
  programs: string,
  dataDir: string,
  release: () => Promise<void>,
  { log, throwaway = false, maxConnections = 100 }: EmbeddedOptions,
): Promise<EmbeddedDatabase> {
  const isNew = !existsSync(passwordFile(dataDir));
  const place = await locateDataFolder(dataDir, isNew, log);
  const { dataFolder, account } = place;
  await stopOrphans(dataFolder, log);
  const binaries = await runnableBinaries(programs, account, place.makeHome);
  const password = await ensureCluster({ place, binaries, passwordFile: passwordFile(dataDir), throwaway });
  const settings = serverSettings(throwaway, maxConnections);
  const server = await supervise({ postgres: binaries.postgres, dataFolder, account, settings, log });
  log.info({ dataFolder, port: server.port, account: account?.name }, "The embedded database is up");
  let stopping: Promise<void> | undefined;
  return {
    url: urlOf(server.port, password),
    dataFolder,
    stop: () => {
      stopping ??= server.stop().then(release);
      return stopping;
    },
  };
}

function serverSettings(throwaway: boolean, maxConnections: number): Record<string, string | number> {
  return {
    ...LOG_SETTINGS,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: maxConnections,
    shared_buffers: "64MB",
    timezone: "UTC",
    ...(throwaway && { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
}

async function openDataDir(wanted: string): Promise<string> {
  const folder = resolve(wanted);
  const asRoot = process.getuid?.() === 0;
  // Root's database runs under another account, which must get through but needs to see nothing here.
  if (await mkdir(folder, { recursive: true, mode: 0o700 })) await chmod(folder, asRoot ? 0o711 : 0o700);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `This account may not write to DATA_DIR ${folder}: start Tock as the user that made it, or choose another DATA_DIR`,
      { cause },
    );
  }
  return realpath(folder);
}

async function runningDatabase(dataDir: string): Promise<EmbeddedDatabase | undefined> {
  const folder = await realpath(resolve(dataDir));
  const dataFolder = await currentDataFolder(folder);
  const server = await readPidFile(dataFolder);
  const password = await readPassword(passwordFile(folder));
  if (!server?.ready || !password) return undefined;
  return { url: urlOf(server.port, password), dataFolder, stop: async () => undefined };
}

function passwordFile(dataDir: string): string {
  return join(dataDir, "postgres.password");
}

function urlOf(port: number, password: string): string {
  return `postgres://${DATABASE_NAME}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`;
}

function inOneLine(error: unknown): EmbeddedDatabaseError {
  if (error instanceof EmbeddedDatabaseError) return error;
  const [line] = String(error instanceof Error ? error.message : error).split("\n");
  return new EmbeddedDatabaseError(`The embedded database could not start: ${line}`, { cause: error });
}
