import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import type { DataLocation } from "./data-folder.ts";
import { lastErrorLine, runProgram } from "./run-program.ts";
import { EmbeddedDatabaseError } from "./types.ts";

/** The one role and the one database. */
export const DATABASE_NAME = "tock";

const UNFINISHED = "postgres.new-";

interface Cluster {
  place: DataLocation;
  binaries: Binaries;
  passwordFile: string;
  throwaway: boolean;
}

/**
 * Makes sure that there is a data folder with the database in it, and a password that opens it. Made beside its
 * place and renamed, so that a crash leaves either all of it or nothing.
 * @returns the password
 */
export async function ensureCluster(cluster: Cluster): Promise<string> {
  const { dataFolder } = cluster.place;
  await removeUnfinished(dirname(dataFolder));
  const initialised = await stat(join(dataFolder, "PG_VERSION")).then(
    () => true,
    () => false,
  );
  const known = await readPassword(cluster.passwordFile);
  if (initialised && known) return known;
  const password = known ?? randomBytes(32).toString("base64url");
  if (initialised)
    await singleUser(cluster, dataFolder, `ALTER ROLE ${DATABASE_NAME} PASSWORD '${password}'`);
  if (!known) await keepPassword(cluster.passwordFile, password);
  if (!initialised) await initialise(cluster, password);
  return password;
}

/** @returns undefined if there is none yet */
export async function readPassword(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.trim() || undefined;
}

async function keepPassword(file: string, password: string): Promise<void> {
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

async function removeUnfinished(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(UNFINISHED));
  // The initdb of a crashed start may still be writing, until it misses its files.
  const stubborn = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  for (const name of names) await rm(join(parent, name), stubborn).catch(() => undefined);
}

async function initialise(cluster: Cluster, password: string): Promise<void> {
  const { dataFolder, account } = cluster.place;
  const parent = dirname(dataFolder);
  // A name of its own each time: an initdb that outlived a crash empties the folder it was given when it fails.
  const unfinished = join(parent, UNFINISHED + randomBytes(4).toString("hex"));
  await mkdir(unfinished, { mode: 0o700 });
  try {
    if (account) await chown(unfinished, account.uid, account.gid);
    const data = join(unfinished, "data");
    await initdb(cluster, data, password, join(unfinished, "password"));
    await singleUser(cluster, data, `CREATE DATABASE ${DATABASE_NAME}`);
    await rename(data, dataFolder);
    await persist(parent);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function initdb(cluster: Cluster, data: string, password: string, passwordFile: string): Promise<void> {
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const { account } = cluster.place;
  if (account) await chown(passwordFile, account.uid, account.gid);
  // The builtin locale is part of PostgreSQL: sorting does not change with the machine's C library.
  const settings = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${DATABASE_NAME}`, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const speed = cluster.throwaway ? ["--no-sync"] : [];
  await orThrow(cluster, cluster.binaries.initdb, ["-D", data, ...settings, ...access, ...speed]);
}

/** PostgreSQL without its network: one process, which reads SQL and ends. */
async function singleUser(cluster: Cluster, data: string, sql: string): Promise<void> {
  const mode = ["--single", "-c", "log_min_error_statement=panic", "-D", data, "postgres"];
  const output = await orThrow(cluster, cluster.binaries.postgres, mode, `${sql}\n`);
  // Its exit code says nothing about the statement.
  if (/\b(ERROR|FATAL|PANIC):/.test(output)) throw failure(cluster, output);
}

async function orThrow(cluster: Cluster, program: string, args: string[], input = ""): Promise<string> {
  const { ok, output } = await runProgram(program, args, { account: cluster.place.account, input });
  if (ok) return output;
  throw failure(cluster, output);
}

function failure({ place }: Cluster, output: string): EmbeddedDatabaseError {
  return new EmbeddedDatabaseError(
    `The embedded PostgreSQL could not be prepared in ${place.dataFolder}: ${lastErrorLine(output)}`,
  );
}

async function persist(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}
