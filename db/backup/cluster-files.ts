import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ArchiveEntry, fileEntry, folderEntry, textEntry } from "./archive-entries.ts";

/*
 * The files of a running cluster, as PostgreSQL's manual lists them for "Making a Base Backup Using the Low Level API".
 */

/** Folders whose files belong to the running server. The folders themselves must exist when it starts. */
const EMPTIED_FOLDERS = new Set([
  "pg_wal",
  "pg_dynshmem",
  "pg_notify",
  "pg_replslot",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
]);
/** Files of the running server, temporary files and tables, and caches that it rebuilds. */
const EXCLUDED_FILES =
  /^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|current_logfiles|pgsql_tmp.*|pg_internal\.init.*|t\d+_\d+.*)$/;
const CONTROL_FILE = join("global", "pg_control");
const STABLE_READS = 10;

/**
 * Lists folders and files of a cluster, without the write-ahead log and pg_control.
 * @param dataFolder the cluster
 * @param prefix of the names in the archive
 */
export async function* clusterEntries(
  dataFolder: string,
  prefix: string,
  folder = "",
): AsyncGenerator<ArchiveEntry> {
  yield folderEntry(join(prefix, folder));
  for (const entry of await readdir(join(dataFolder, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (EXCLUDED_FILES.test(entry.name) || path === CONTROL_FILE) continue;
    if (entry.isSymbolicLink())
      throw new Error(`${join(dataFolder, path)} is a link, which a backup cannot contain`);
    if (entry.isDirectory()) {
      if (EMPTIED_FOLDERS.has(path)) yield* emptiedFolder(dataFolder, prefix, path);
      else yield* clusterEntries(dataFolder, prefix, path);
    } else {
      const file = await fileEntry(join(prefix, path), join(dataFolder, path));
      // The server may have removed it since the folder was read.
      if (file) yield file;
    }
  }
}

async function* emptiedFolder(
  dataFolder: string,
  prefix: string,
  folder: string,
): AsyncGenerator<ArchiveEntry> {
  yield folderEntry(join(prefix, folder));
  // Such as pg_wal/archive_status. A replication slot would keep the log of the restored server forever.
  for (const entry of await readdir(join(dataFolder, folder), { withFileTypes: true }))
    if (entry.isDirectory() && folder !== "pg_replslot") yield folderEntry(join(prefix, folder, entry.name));
}

/** The control file belongs after all others. The server replaces it in place, so it is read until two reads agree. */
export async function controlFileEntry(dataFolder: string, prefix: string): Promise<ArchiveEntry> {
  let previous = await readFile(join(dataFolder, CONTROL_FILE));
  for (let reads = 0; reads < STABLE_READS; reads++) {
    const current = await readFile(join(dataFolder, CONTROL_FILE));
    if (current.equals(previous)) return textEntry(join(prefix, CONTROL_FILE), current);
    previous = current;
  }
  throw new Error(`${join(dataFolder, CONTROL_FILE)} changes too often to be read`);
}

/** A segment of the write-ahead log. @throws Error if the server has removed it */
export async function walEntry(dataFolder: string, prefix: string, segment: string): Promise<ArchiveEntry> {
  const entry = await fileEntry(join(prefix, "pg_wal", segment), join(dataFolder, "pg_wal", segment));
  if (entry) return entry;
  throw new Error(`PostgreSQL has removed ${segment} of its write-ahead log during the backup`);
}
