import { mkdir, realpath, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ArchiveEntry } from "#db/backup/archive-entries.ts";
import { copyCluster } from "#db/backup/cluster-backup.ts";
import { dumpDatabase } from "#db/backup/dump.ts";
import { unfinishedPath, writeArchive } from "#db/backup/write-archive.ts";
import { findAppliedMigrations } from "#db/migrations/index.ts";
import { archiveName, archivesIn, backupFolder, removeAbandoned } from "./archives.ts";
import type { CommandContext } from "./database.ts";
import { print } from "./output.ts";
import { currentSchema, serverMajor } from "./server-facts.ts";

/**
 * `db:backup`: writes an archive of the database into the folder of the archives.
 * @param options.keep the number of archives to keep there: older ones are deleted after the new one is complete
 */
export async function backupCommand(
  context: CommandContext,
  { keep }: { keep: number | undefined },
): Promise<void> {
  const { env, knex, signal } = context;
  const folder = backupFolder(env);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const migrations = await findAppliedMigrations(knex);
  if (migrations.length === 0)
    throw new Error("the database contains no tables of Tock: there is nothing to back up");
  const postgres = await serverMajor(knex);
  const file = join(folder, archiveName());
  const kind = context.dataFolder === undefined ? "dump" : "cluster";
  const entries =
    kind === "cluster" ? await clusterSource(context) : await dumpSource(context, postgres, file);
  await writeArchive(file, { kind, postgres, migrations }, entries, signal).catch((error) => {
    throw signal.aborted ? new Error("stopped; no archive was written", { cause: error }) : error;
  });
  const megabytes = ((await stat(file)).size / 1e6).toFixed(1);
  print(`Wrote ${file} (${megabytes} MB): PostgreSQL ${postgres}, schema ${migrations.at(-1)}.`);
  if (kind === "cluster") print("It contains the secrets of DATA_DIR: keep it as safe as a password.");
  if (keep !== undefined) await removeOld(folder, keep, file);
}

async function clusterSource({
  env,
  databaseUrl,
  dataFolder = "",
}: CommandContext): Promise<AsyncIterable<ArchiveEntry>> {
  return copyCluster({ url: databaseUrl, dataFolder, dataDir: await realpath(env.DATA_DIR) });
}

async function dumpSource(
  { knex, databaseUrl, signal }: CommandContext,
  major: number,
  file: string,
): Promise<AsyncIterable<ArchiveEntry>> {
  const schema = await currentSchema(knex);
  return dumpDatabase({
    url: databaseUrl,
    schema,
    serverMajor: major,
    temporaryFile: `${unfinishedPath(file)}.dump`,
    signal,
  });
}

/** Keeps the new archive even if others have later dates, because the clock was wrong when they were made. */
async function removeOld(folder: string, keep: number, newArchive: string): Promise<void> {
  const others = (await archivesIn(folder)).filter(({ file }) => file !== newArchive);
  const old = others.slice(0, Math.max(0, others.length - (keep - 1)));
  for (const { file } of old) {
    // Another backup may delete the same archive.
    await rm(file, { force: true });
    print(`Deleted ${basename(file)}.`);
  }
}
