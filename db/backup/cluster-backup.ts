import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { type ArchiveEntry, textEntry } from "./archive-entries.ts";
import { clusterEntries, controlFileEntry, walEntry } from "./cluster-files.ts";

/** The layout of an archive is that of a DATA_DIR. */
const CLUSTER = "postgres";
/** The generated secrets of the application. Without them sessions and second factors do not survive. */
const SECRET_FILES = ["postgres.password", "secrets.json"];

/**
 * A temporary slot keeps the write-ahead log from being removed while the files are copied. It ends with its connection, and
 * so does the backup: a crash leaves the server as it was.
 */
const CREATE_SLOT = `select pg_create_physical_replication_slot('tock_backup_' || pg_backend_pid(), true, true)`;
/** `fast`: the checkpoint does not wait. */
const START = "select pg_backup_start('tock', fast => true)";
const STOP = "select lsn, labelfile from pg_backup_stop(wait_for_archive => false)";
/** The names of the segments from that of the start to that of the end. */
const SEGMENTS = `
  select pg_walfile_name(started + n * size) as name
  from (select substring($1 from 'START WAL LOCATION: ([0-9A-F/]+)')::pg_lsn as started,
    (select setting::bigint from pg_settings where name = 'wal_segment_size') as size) as log,
    generate_series(0, ((pg_wal_lsn_diff($2::pg_lsn, '0/0') - 1)::bigint / size - pg_wal_lsn_diff(started, '0/0')::bigint / size)) as n`;

/**
 * Copies a running cluster with the write-ahead log that makes the copy consistent, and the secrets of its DATA_DIR. The
 * application may keep writing: the copy is of the moment when the last data file has been read.
 * @param cluster the URL of a superuser, the real path of the cluster, and its DATA_DIR
 */
export async function* copyCluster(cluster: {
  url: string;
  dataFolder: string;
  dataDir: string;
}): AsyncGenerator<ArchiveEntry> {
  const { dataFolder, dataDir } = cluster;
  const client = new pg.Client({ connectionString: cluster.url, application_name: "tock backup" });
  // A lost connection fails the next query.
  client.on("error", () => undefined);
  await client.connect();
  try {
    yield* secretEntries(dataDir);
    await client.query(CREATE_SLOT);
    await client.query(START);
    yield* clusterEntries(dataFolder, CLUSTER);
    yield await controlFileEntry(dataFolder, CLUSTER);
    const { lsn, labelfile } = (await client.query(STOP)).rows[0];
    yield textEntry(join(CLUSTER, "backup_label"), labelfile);
    for (const { name } of (await client.query(SEGMENTS, [labelfile, lsn])).rows)
      yield await walEntry(dataFolder, CLUSTER, name);
  } finally {
    await client.end();
  }
}

async function* secretEntries(dataDir: string): AsyncGenerator<ArchiveEntry> {
  for (const name of SECRET_FILES) {
    const content = await readFile(join(dataDir, name)).catch((error: NodeJS.ErrnoException) => {
      // The secrets may come from the environment.
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (content) yield textEntry(name, content);
  }
}
