import { readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CliEnv } from "../env.server.ts";

const ARCHIVE_NAME = /^tock-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.tar\.gz$/;

export interface Archive {
  file: string;
  createdAtMs: number;
}

/** Returns the folder of the archives. */
export const backupFolder = ({ BACKUP_DIR, DATA_DIR }: CliEnv): string =>
  resolve(BACKUP_DIR ?? join(DATA_DIR, "backups"));

/** Returns the name of an archive that is made now, in UTC. */
export const archiveName = (): string =>
  `tock-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}Z.tar.gz`;

/** Lists the archives of a folder by their names, oldest first; none if the folder is missing. */
export async function archivesIn(folder: string): Promise<Archive[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .map((name) => ({ name, match: ARCHIVE_NAME.exec(name) }))
    .filter(({ match }) => match !== null)
    .map(({ name, match }) => ({
      file: join(folder, name),
      createdAtMs: Date.parse(`${match?.[1]}T${match?.[2]}:${match?.[3]}:${match?.[4]}Z`),
    }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
}

/** Of files that `writeArchive` and pg_dump have begun. */
const UNFINISHED_NAME = /^\.tock-.*\.unfinished(\.dump)?$/;
/** Longer than any backup takes. */
const ABANDONED_AFTER_MS = 86_400_000;

/** Removes what backups that were killed have left in a folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => UNFINISHED_NAME.test(entry))) {
    const file = join(folder, name);
    // Another backup may finish or remove its file meanwhile.
    const stats = await stat(file).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) await rm(file, { force: true });
  }
}
