import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log.ts";
import { EmbeddedDatabaseError } from "./errors.ts";

/*
 * A home is a folder under /var/lib/tock with the database of a DATA_DIR that its account cannot enter. A file in
 * DATA_DIR points to the data folder in the home, and a file in the home names the DATA_DIR.
 */
const HOMES = "/var/lib/tock";

/** Returns the path of the home for a DATA_DIR. */
export function homeOf(dataDir: string): string {
  return join(HOMES, createHash("sha256").update(dataDir).digest("hex").slice(0, 12));
}

const pointerFile = (dataDir: string) => join(dataDir, "postgres.location");
const dataDirFile = (home: string) => join(home, "data-dir");

/** Returns the data folder outside DATA_DIR, if the database was placed there. */
export async function readPointer(dataDir: string): Promise<string | undefined> {
  const text = await readFile(pointerFile(dataDir), "utf8").catch(() => "");
  return text.trim() || undefined;
}

/** Makes DATA_DIR point to a data folder outside it. The rename replaces the pointer in one step. */
export async function writePointer(dataDir: string, dataFolder: string): Promise<void> {
  if ((await readPointer(dataDir)) === dataFolder) return;
  const file = pointerFile(dataDir);
  await writeFile(`${file}.new`, `${dataFolder}\n`);
  await rename(`${file}.new`, file);
}

/** Creates the home of a DATA_DIR, which every account can enter. */
export async function createHome(home: string, dataDir: string): Promise<string> {
  await mkdir(home, { recursive: true });
  for (const folder of [HOMES, home]) await chmod(folder, 0o755);
  await writeFile(dataDirFile(home), `${dataDir}\n`);
  return home;
}

/**
 * Rejects a home that belongs to another DATA_DIR: a DATA_DIR that was copied with its pointer must not share the data
 * of the original, because each would stop the server of the other.
 */
export async function assertOwnHome(
  home: string,
  dataDir: string,
  pointedFolder: string | undefined,
): Promise<void> {
  const ownerDataDir = (await readFile(dataDirFile(home), "utf8").catch(() => "")).trim();
  if (pointedFolder && !ownerDataDir) {
    throw new EmbeddedDatabaseError(
      `The database of ${dataDir} was in ${home}, which is missing: restore it, or remove ${pointerFile(dataDir)} to start with an empty database`,
    );
  }
  if (!ownerDataDir || ownerDataDir === dataDir) return;
  // The other DATA_DIR was renamed to this one: nothing points here from its old path.
  if (pointedFolder && (await readPointer(ownerDataDir)) !== pointedFolder) return;
  throw new EmbeddedDatabaseError(
    `The database in ${home} belongs to ${ownerDataDir}: give this Tock another DATA_DIR than ${dataDir}`,
  );
}

/** Renames the home of a removed DATA_DIR. Removing DATA_DIR means to start over; the old data is kept but not used. */
export async function moveHomeAside(home: string, log: Log): Promise<void> {
  const movedTo = `${home}.${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  await rename(home, movedTo);
  log.warn({ movedTo }, "DATA_DIR is new: the database of an earlier DATA_DIR of this name was moved aside");
}
