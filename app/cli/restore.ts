import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Knex } from "knex";
import { DUMP, findOtherObjects, restoreDump } from "#db/backup/dump.ts";
import { ArchiveError, type Manifest, thisPlatform } from "#db/backup/manifest.ts";
import { extractArchive, verifyArchive } from "#db/backup/read-archive.ts";
import { restoreCluster } from "#db/backup/restore-cluster.ts";
import { withMaintenanceConnection } from "#db/connection.ts";
import { installedMajor } from "#db/embedded/binaries.ts";
import { findAppliedMigrations, migrateToLatest, unknownAmong } from "#db/migrations/index.ts";
import { countRealUsers } from "#db/seed/emails.ts";
import type { CliEnv } from "../env.server.ts";
import { confirmLoss } from "./confirm.ts";
import { type CommandContext, embeddedLog, runWithDatabase } from "./database.ts";
import { migrationProgress } from "./migrate.ts";
import { print } from "./output.ts";
import { currentSchema, serverMajor } from "./server-facts.ts";

interface RestoreCommandOptions {
  file: string;
  /** Also if people have signed up in the database that is replaced. */
  allowLoss: boolean;
  /** Only verifies the archive. */
  checkOnly: boolean;
}

/** `db:restore`: verifies an archive, then replaces the database by it. @throws Error with one line */
export async function restoreCommand(
  options: RestoreCommandOptions,
  env: CliEnv,
  signal: AbortSignal,
): Promise<void> {
  try {
    const manifest = await verifyArchive(options.file);
    const { kind, postgres, created_at, migrations, files } = manifest;
    print(
      `${basename(options.file)} is complete: ${kind === "cluster" ? "embedded database" : "dump"} of ${created_at}, PostgreSQL ${postgres}, schema ${migrations.at(-1)}, ${Object.keys(files).length} files.`,
    );
    if (options.checkOnly) return;
    if (env.DATABASE_URL)
      await runWithDatabase((context) => restoreIntoServer(context, manifest, options), env, signal);
    else await restoreEmbedded(manifest, options, env, signal);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new Error(`${options.file} cannot be restored: ${error.message}`, { cause: error });
  }
}

function assertKnownSchema({ migrations }: Pick<Manifest, "migrations">): void {
  const unknown = unknownAmong(migrations);
  if (unknown.length > 0)
    throw new ArchiveError(`its schema is newer than this build, which does not know ${unknown.join(", ")}`);
}

async function restoreIntoServer(
  context: CommandContext,
  manifest: Manifest,
  options: RestoreCommandOptions,
): Promise<void> {
  const { knex, databaseUrl, runtimeRole, signal } = context;
  const major = await serverMajor(knex);
  if (manifest.kind !== "dump")
    throw new ArchiveError(
      "it contains an embedded database, and DATABASE_URL is set: unset DATABASE_URL to restore it into DATA_DIR",
    );
  if (manifest.postgres > major)
    throw new ArchiveError(
      `it comes from PostgreSQL ${manifest.postgres}, and the server has version ${major}`,
    );
  assertKnownSchema(manifest);
  const schema = await currentSchema(knex);
  const others = await findOtherObjects(knex, schema);
  if (others.length > 0)
    await confirmLoss(
      `the restore would delete objects of other applications: ${others.join(", ")}`,
      options.allowLoss,
      signal,
    );
  await confirmReplacement(knex, options, signal);
  const folder = await mkdtemp(join(tmpdir(), "tock-restore-"));
  try {
    await extractArchive(options.file, folder);
    await restoreDump({ url: databaseUrl, schema, serverMajor: major, file: join(folder, DUMP), signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  print("Restored the database.");
  // Also renews the rights of the role that serves requests.
  for (const name of await migrateToLatest(knex, runtimeRole, migrationProgress)) print(`Applied ${name}`);
}

async function restoreEmbedded(
  manifest: Manifest,
  options: RestoreCommandOptions,
  env: CliEnv,
  signal: AbortSignal,
): Promise<void> {
  const major = await installedMajor();
  if (manifest.kind !== "cluster")
    throw new ArchiveError("it contains a dump of another PostgreSQL: set DATABASE_URL to restore it there");
  if (manifest.postgres !== major)
    throw new ArchiveError(
      `it comes from PostgreSQL ${manifest.postgres}, and the embedded PostgreSQL has version ${major}: use the release that made it`,
    );
  if (manifest.platform !== thisPlatform())
    throw new ArchiveError(`it comes from ${manifest.platform}, and its files do not fit ${thisPlatform()}`);
  assertKnownSchema(manifest);
  const { replaced } = await restoreCluster({
    dataDir: env.DATA_DIR,
    archive: options.file,
    log: embeddedLog,
    signal,
    ...(!options.allowLoss && {
      inspectExisting: (url) =>
        withMaintenanceConnection(url, (knex) => confirmReplacement(knex, options, signal)),
    }),
    inspectRestored: (url) => withMaintenanceConnection(url, (knex) => assertRestored(knex, manifest)),
  });
  print(`Restored the embedded database in ${env.DATA_DIR}.`);
  if (replaced)
    print(
      `The replaced database and its secrets are in ${replaced}. Delete that folder when you no longer need it.`,
    );
}

async function confirmReplacement(
  knex: Knex,
  { allowLoss }: RestoreCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const people = await countRealUsers(knex);
  if (people === 0) return;
  const signedUp = people === 1 ? "1 person has" : `${people} people have`;
  await confirmLoss(
    `${signedUp} signed up in the database that the archive would replace`,
    allowLoss,
    signal,
  );
}

/** A migration that ran during the backup is not in the manifest. */
async function assertRestored(knex: Knex, manifest: Manifest): Promise<void> {
  const migrations = await findAppliedMigrations(knex);
  if (!manifest.migrations.every((name) => migrations.includes(name)))
    throw new ArchiveError("its database has another schema than its manifest");
  assertKnownSchema({ migrations });
}
