import { readdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Log } from "../log.ts";
import { selectAccount } from "./account.ts";
import { assertOwnHome, createHome, homeOf, moveHomeAside, readPointer, writePointer } from "./data-home.ts";
import { EmbeddedDatabaseError } from "./errors.ts";
import { type Account, runProgram } from "./run-program.ts";

export interface DataLocation {
  /** The folder that contains the data, or will be initialized. */
  dataFolder: string;
  /** The account that PostgreSQL runs under; undefined for the account of this process. */
  account: Account | undefined;
  /** Creates a folder that every account can enter, for files that cannot be in DATA_DIR. */
  createHome(): Promise<string>;
}

/**
 * Locates the data folder of a DATA_DIR. It is `postgres` in DATA_DIR, unless Tock runs as root and the account of the
 * database cannot enter DATA_DIR: then it is in the home of DATA_DIR under /var/lib/tock. Existing data keeps its
 * place even if the permissions of DATA_DIR change.
 * @param dataDir its real path
 * @param isNew whether DATA_DIR contains no file of a database yet
 * @throws EmbeddedDatabaseError if existing data cannot be used: an empty database beside it would look like a loss
 */
export async function locateDataFolder(dataDir: string, isNew: boolean, log: Log): Promise<DataLocation> {
  const pointedFolder = await readPointer(dataDir);
  const home = pointedFolder ? dirname(pointedFolder) : homeOf(dataDir);
  await assertOwnHome(home, dataDir, pointedFolder);
  const inside = join(dataDir, "postgres");
  const outside = pointedFolder ?? join(home, "postgres");
  if (isNew && !pointedFolder && (await hasFiles(outside))) await moveHomeAside(home, log);
  const existing = await firstWithFiles(pointedFolder ? [outside] : [inside, outside]);
  const account = await selectAccount(existing ? await ownerOf(existing) : undefined, log);
  const location = { account, createHome: () => createHome(home, dataDir) };
  const isOutside = pointedFolder !== undefined || existing === outside;
  if (!isOutside && (!account || (await canEnter(existing ?? dataDir, account)))) {
    return { ...location, dataFolder: inside };
  }
  if (!pointedFolder && isOutside)
    log.warn({ dataFolder: outside }, "using an earlier database of this DATA_DIR");
  if (account) {
    await location.createHome();
    if (existing === inside) await moveOut(inside, outside, account);
    await writePointer(dataDir, outside);
  }
  return { ...location, dataFolder: outside };
}

/** Returns the data folder of a database that is running. */
export async function currentDataFolder(dataDir: string): Promise<string> {
  return (await readPointer(dataDir)) ?? join(dataDir, "postgres");
}

async function firstWithFiles(folders: string[]): Promise<string | undefined> {
  for (const folder of folders) if (await hasFiles(folder)) return folder;
  return undefined;
}

async function hasFiles(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number }> {
  const { uid, gid } = await stat(folder);
  const ownUid = process.getuid?.();
  if (ownUid === 0 ? uid !== 0 : uid === ownUid) return { uid, gid };
  const owner = uid === 0 ? "root" : `another account (uid ${uid})`;
  throw new EmbeddedDatabaseError(
    ownUid === 0
      ? `The database in ${folder} belongs to root, and PostgreSQL does not run as root: chown -R it to the account that created it`
      : `The database in ${folder} belongs to ${owner}: start Tock as the user that created it (perhaps root), or choose another DATA_DIR`,
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
      `The account ${account.name} can no longer enter ${from}: allow it (chmod a+x on each folder above), or move that folder to ${to}`,
      { cause },
    );
  }
}
