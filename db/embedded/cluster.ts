import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { DataLocation } from "./data-folder.ts";
import { EmbeddedDatabaseError } from "./errors.ts";
import { lastErrorLine, runProgram } from "./run-program.ts";

/** The name of the role and of the database. */
export const DATABASE_NAME = "tock";

/** Of folders that a crash may leave. The next start removes them. */
export const UNFINISHED_PREFIX = "postgres.new-";

interface Cluster {
  location: DataLocation;
  binaries: Binaries;
  passwordFile: string;
  throwaway: boolean;
}

/**
 * Ensures that the data folder contains the database, and that its password is stored. A new data folder is created
 * under another name and renamed, so that a crash leaves either all of it or nothing.
 * @returns the password
 */
export async function ensureCluster(cluster: Cluster): Promise<string> {
  const { dataFolder } = cluster.location;
  await removeUnfinished(dirname(dataFolder));
  const isInitialized = await stat(join(dataFolder, "PG_VERSION")).then(
    () => true,
    () => false,
  );
  const stored = await readPassword(cluster.passwordFile);
  if (isInitialized && stored) return stored;
  const password = stored ?? randomBytes(32).toString("base64url");
  if (isInitialized)
    await runSingleUser(cluster, dataFolder, `ALTER ROLE ${DATABASE_NAME} PASSWORD '${password}'`);
  if (!stored) await storePassword(cluster.passwordFile, password);
  if (!isInitialized) await initialize(cluster, password);
  return password;
}

/** @returns undefined if there is no file yet */
export async function readPassword(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.trim() || undefined;
}

async function storePassword(file: string, password: string): Promise<void> {
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

async function removeUnfinished(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(UNFINISHED_PREFIX));
  // The initdb of a crashed start may still write files until it fails.
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  for (const name of names) await rm(join(parent, name), options).catch(() => undefined);
}

async function initialize(cluster: Cluster, password: string): Promise<void> {
  const { dataFolder, account } = cluster.location;
  const parent = dirname(dataFolder);
  // A unique name: an initdb that survived a crash empties its folder when it fails.
  const unfinished = join(parent, UNFINISHED_PREFIX + randomBytes(4).toString("hex"));
  await mkdir(unfinished, { mode: 0o700 });
  try {
    if (account) await chown(unfinished, account.uid, account.gid);
    const data = join(unfinished, "data");
    await runInitdb(cluster, data, password, join(unfinished, "password"));
    await runSingleUser(cluster, data, `CREATE DATABASE ${DATABASE_NAME}`);
    await rename(data, dataFolder);
    await syncToDisk(parent);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function runInitdb(
  cluster: Cluster,
  data: string,
  password: string,
  passwordFile: string,
): Promise<void> {
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const { account } = cluster.location;
  if (account) await chown(passwordFile, account.uid, account.gid);
  // The builtin locale is part of PostgreSQL: the sort order does not depend on the machine's C library.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${DATABASE_NAME}`, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const durability = cluster.throwaway ? ["--no-sync"] : [];
  await runOrThrow(cluster, cluster.binaries.initdb, ["-D", data, ...locale, ...access, ...durability]);
}

/** Runs SQL in PostgreSQL's single-user mode: one process without a network. */
async function runSingleUser(cluster: Cluster, data: string, sql: string): Promise<void> {
  const mode = ["--single", "-c", "log_min_error_statement=panic", "-D", data, "postgres"];
  const output = await runOrThrow(cluster, cluster.binaries.postgres, mode, `${sql}\n`);
  // The exit code does not depend on the outcome of the statement.
  if (/\b(ERROR|FATAL|PANIC):/.test(output)) throw clusterError(cluster, output);
}

async function runOrThrow(cluster: Cluster, program: string, args: string[], input = ""): Promise<string> {
  const { ok, output } = await runProgram(program, args, { account: cluster.location.account, input });
  if (ok) return output;
  throw clusterError(cluster, output);
}

function clusterError({ location }: Cluster, output: string): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    `The embedded PostgreSQL could not be initialized in ${location.dataFolder}: ${lastErrorLine(output)}`,
  );
}

/** Makes the content of a file, or the names in a folder, durable. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
}
