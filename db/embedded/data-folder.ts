import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { selectAccount } from "./account.ts";
import { type Account, runProgram } from "./run-program.ts";
import { EmbeddedDatabaseError, type Log } from "./types.ts";

const HOMES = "/var/lib/tock";

export interface DataLocation {
  /** Where the data is, or is to be initialised. */
  dataFolder: string;
  /** Who runs PostgreSQL; undefined: we ourselves. */
  account: Account | undefined;
  /** A folder every account can enter, for what DATA_DIR cannot hold. */
  makeHome(): Promise<string>;
}

/**
 * Where the database of a DATA_DIR lives: inside it; or, when root runs Tock from a folder that the account of the
 * database cannot enter, under /var/lib/tock, with a file in DATA_DIR that says so. Data found once is found again,
 * whatever became of permissions since.
 * @param dataDir its real path
 * @param isNew whether nothing in DATA_DIR speaks of a database yet
 * @throws EmbeddedDatabaseError rather than starting an empty database beside one that cannot be used
 */
export async function locateDataFolder(dataDir: string, isNew: boolean, log: Log): Promise<DataLocation> {
  const pointed = await readPointer(dataDir);
  const home = pointed ? dirname(pointed) : homeOf(dataDir);
  await checkHome(home, dataDir, pointed);
  const inside = join(dataDir, "postgres");
  const outside = pointed ?? join(home, "postgres");
  if (isNew && !pointed) await setAside(home, outside, log);
  const found = await firstThere(pointed ? [outside] : [inside, outside]);
  const account = await selectAccount(found ? await ownerOf(found) : undefined, log);
  const makeHome = () => prepareHome(home, dataDir);
  const isOutside = pointed !== undefined || found === outside;
  if (!isOutside && (!account || (await canEnter(found ?? dataDir, account)))) {
    return { dataFolder: inside, account, makeHome };
  }
  if (!pointed && isOutside) log.warn({ dataFolder: outside }, "Found an earlier database of this DATA_DIR");
  if (account) {
    await makeHome();
    if (found === inside) await moveOut(inside, outside, account);
    await pointTo(outside, dataDir);
  }
  return { dataFolder: outside, account, makeHome };
}

/** Removing DATA_DIR means to start over; what it had outside is kept, but not brought back to life. */
async function setAside(home: string, outside: string, log: Log): Promise<void> {
  if (!(await isThere(outside))) return;
  const kept = `${home}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  await rename(home, kept);
  log.warn({ kept }, "DATA_DIR is new, but an earlier one of this name had a database: it was set aside");
}

async function firstThere(folders: string[]): Promise<string | undefined> {
  for (const folder of folders) if (await isThere(folder)) return folder;
  return undefined;
}

/** For a look at a database that runs already. */
export async function currentDataFolder(dataDir: string): Promise<string> {
  return (await readPointer(dataDir)) ?? join(dataDir, "postgres");
}

function pointerFile(dataDir: string): string {
  return join(dataDir, "postgres.location");
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const text = await readFile(pointerFile(dataDir), "utf8").catch(() => "");
  return text.trim() || undefined;
}

async function pointTo(dataFolder: string, dataDir: string): Promise<void> {
  if ((await readPointer(dataDir)) === dataFolder) return;
  const file = pointerFile(dataDir);
  await writeFile(`${file}.new`, `${dataFolder}\n`);
  await rename(`${file}.new`, file);
}

function homeOf(dataDir: string): string {
  return join(HOMES, createHash("sha256").update(dataDir).digest("hex").slice(0, 12));
}

function backReference(home: string): string {
  return join(home, "data-dir");
}

async function prepareHome(home: string, dataDir: string): Promise<string> {
  await mkdir(home, { recursive: true });
  for (const folder of [HOMES, home]) await chmod(folder, 0o755);
  await writeFile(backReference(home), `${dataDir}\n`);
  return home;
}

/** A DATA_DIR copied with its pointer must not share the data of the original: each would stop the other's server. */
async function checkHome(home: string, dataDir: string, pointed: string | undefined): Promise<void> {
  const owner = (await readFile(backReference(home), "utf8").catch(() => "")).trim();
  if (pointed && !owner) {
    throw new EmbeddedDatabaseError(
      `The database of ${dataDir} was kept in ${home}, which is gone: bring it back, or remove ${pointerFile(dataDir)} to begin with an empty one`,
    );
  }
  if (!owner || owner === dataDir) return;
  if (pointed && (await readPointer(owner)) !== pointed) return;
  throw new EmbeddedDatabaseError(
    `The database in ${home} belongs to ${owner}: give this Tock another DATA_DIR than ${dataDir}`,
  );
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(folder);
  const me = process.getuid?.();
  if (me === 0 ? uid !== 0 : uid === me) return { uid, gid };
  const who = uid === 0 ? "root" : `another account (uid ${uid})`;
  throw new EmbeddedDatabaseError(
    me === 0
      ? `The database in ${folder} belongs to root, and PostgreSQL refuses root: chown -R it to the account it was made with`
      : `The database in ${folder} belongs to ${who}: start Tock as the user that first did (root, perhaps), or choose another DATA_DIR`,
  );
}

async function canEnter(folder: string, account: Account): Promise<boolean> {
  return (await runProgram("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { account })).ok;
}

async function moveOut(from: string, to: string, account: Account): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `The account ${account.name} can no longer enter ${from}: let it (chmod a+x on each folder above), or move that folder to ${to}`,
      { cause },
    );
  }
}
