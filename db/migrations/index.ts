import type { Knex } from "knex";
import { grantRuntimeRights } from "../runtime-role.ts";
import * as initial from "./20261120_0001_initial.ts";
import * as rateLimit from "./20261120_0002_rate_limit.ts";
import * as sessionLastUse from "./20261120_0003_session_last_use.ts";
import * as undo from "./20261120_0004_undo.ts";
import * as taskCount from "./20261121_0005_task_count.ts";
import * as completedAt from "./20261121_0006_completed_at.ts";
import * as trash from "./20261121_0007_trash.ts";
import * as taskVersion from "./20261121_0008_task_version.ts";
import * as idempotencyKey from "./20261121_0009_idempotency_key.ts";
import * as totp from "./20261121_0010_totp.ts";
import * as personalAccessToken from "./20261121_0011_personal_access_token.ts";
import * as oneTimeLink from "./20261121_0012_one_time_link.ts";

interface Migration extends Knex.Migration {
  name: string;
  /** The data that reverting it deletes, for the user of the command line. */
  loss: string;
}

/**
 * All migrations, in order. Imported instead of read from a folder, because the build bundles them. A released
 * migration is never renamed, edited or moved. Migrations are additive: the previous release must work on the new schema.
 */
const migrations: Migration[] = [
  { name: "20261120_0001_initial", loss: "all users, sessions and tasks", ...initial },
  { name: "20261120_0002_rate_limit", loss: "the counters of the rate limits", ...rateLimit },
  { name: "20261120_0003_session_last_use", loss: "the time of each session's last use", ...sessionLastUse },
  { name: "20261120_0004_undo", loss: "deleted tasks that can still be restored", ...undo },
  {
    name: "20261121_0005_task_count",
    loss: "the task counters, which the migration can rebuild",
    ...taskCount,
  },
  { name: "20261121_0006_completed_at", loss: "the times at which tasks were completed", ...completedAt },
  {
    name: "20261121_0007_trash",
    loss: "the number of deleted tasks, which the migration can rebuild",
    ...trash,
  },
  { name: "20261121_0008_task_version", loss: "the versions of the tasks", ...taskVersion },
  {
    name: "20261121_0009_idempotency_key",
    loss: "the idempotency keys of the last 24 hours",
    ...idempotencyKey,
  },
  { name: "20261121_0010_totp", loss: "the second factors and recovery codes of all users", ...totp },
  {
    name: "20261121_0011_personal_access_token",
    loss: "the access tokens of all users",
    ...personalAccessToken,
  },
  {
    name: "20261121_0012_one_time_link",
    loss: "the links of the last hour for passwords and new emails",
    ...oneTimeLink,
  },
];

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: ({ name }) => name,
  getMigration: (migration) => Promise.resolve(migration),
};

const config: Knex.MigratorConfig = { migrationSource };
/** Accepts a schema of a newer build: after a failed deployment the previous build must start again. */
const lenientConfig: Knex.MigratorConfig = { ...config, disableMigrationsListValidation: true };

/** The key of the advisory lock for migrations: "tock" in ASCII. */
const ADVISORY_LOCK_KEY = 0x746f636b;

/**
 * Runs `work` in one transaction under an advisory lock. Knex's own lock is a row: a second process fails instead of
 * waiting, and a crash leaves it taken. In the transaction, a crash rolls it back, and the advisory lock makes a second
 * process wait.
 */
function withMigrationLock<T>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<T>,
  onWait?: () => void,
): Promise<T> {
  return knex.transaction(async (trx) => {
    const { rows } = await trx.raw("select pg_try_advisory_xact_lock(?) as is_locked", [ADVISORY_LOCK_KEY]);
    if (!rows[0].is_locked) {
      onWait?.();
      await trx.raw("select pg_advisory_xact_lock(?)", [ADVISORY_LOCK_KEY]);
    }
    return work(trx);
  });
}

/** The schema is behind, and the role of the connection cannot change it. */
export class MigrationRightsError extends Error {
  override readonly name = "MigrationRightsError";
}

/** The migrations cannot be applied to a database with this encoding. */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
}

/** Returns why the encoding of a database is not suitable, as one line; undefined if it is. */
export async function findEncodingProblem(knex: Knex): Promise<string | undefined> {
  const { rows } = await knex.raw("select current_setting('server_encoding') as encoding");
  if (rows[0].encoding === "UTF8") return undefined;
  return `the database has the encoding ${rows[0].encoding}: create it with encoding 'UTF8' template template0`;
}

/** What an operator may want to know while a start takes long. */
export interface MigrationProgress {
  /** Another process migrates the database. */
  onWait(): void;
  /** Called before pending migrations are applied, with their names. */
  onApply?(names: string[]): void;
}

/** Without the tables of Knex, the right to create them. */
const MAY_MIGRATE = `
  select current_user as role, to_regclass('knex_migrations') is not null as has_history, coalesce(
    has_table_privilege(to_regclass('knex_migrations_lock')::oid, 'UPDATE'),
    has_schema_privilege(current_schema(), 'CREATE')
  ) as may_migrate`;

/** A role that only serves requests does nothing, provided that another role has migrated the schema. */
async function applyPending(trx: Knex.Transaction, progress?: MigrationProgress): Promise<string[]> {
  const { rows } = await trx.raw(MAY_MIGRATE);
  const { role, has_history, may_migrate } = rows[0];
  const pending = has_history
    ? ((await trx.migrate.list(lenientConfig)) as [unknown[], Migration[]])[1]
    : migrations;
  const names = pending.map(({ name }) => name);
  if (may_migrate) {
    if (names.length > 0) await assertEncoding(trx);
    if (names.length > 0) progress?.onApply?.(names);
    return ((await trx.migrate.latest(lenientConfig)) as [number, string[]])[1];
  }
  if (names.length === 0) return [];
  throw new MigrationRightsError(
    `the role "${role}" cannot change the schema, which lacks ${names.join(", ")}. Set MIGRATION_DATABASE_URL to the role that owns the tables`,
  );
}

async function assertEncoding(knex: Knex): Promise<void> {
  const problem = await findEncodingProblem(knex);
  if (problem) throw new EncodingError(problem);
}

/**
 * Applies all pending migrations. A concurrent call waits, then finds none.
 * @param knex a connection without time limits
 * @param runtimeRole the role that serves requests, if it is another one: its rights are renewed
 * @returns the names of the applied migrations
 * @throws MigrationRightsError; EncodingError
 */
export function migrateToLatest(
  knex: Knex,
  runtimeRole?: string,
  progress?: MigrationProgress,
): Promise<string[]> {
  const migrate = async (trx: Knex.Transaction) => {
    const applied = await applyPending(trx, progress);
    if (runtimeRole !== undefined) await grantRuntimeRights(trx, runtimeRole);
    return applied;
  };
  return withMigrationLock(knex, migrate, progress?.onWait);
}

/** Returns the names of the applied migrations, in order; none if there is no schema yet. Creates nothing. */
export async function findAppliedMigrations(knex: Knex): Promise<string[]> {
  if (!(await knex.schema.hasTable("knex_migrations"))) return [];
  const [applied] = (await knex.migrate.list(lenientConfig)) as [{ name: string }[]];
  return applied.map(({ name }) => name);
}

/** Returns the names of migrations that this build does not know, because a newer build contains them. */
export const unknownAmong = (names: string[]): string[] =>
  names.filter((name) => !migrations.some((known) => known.name === name));

/** Returns the names of applied migrations that this build does not know, because a newer build has applied them. */
export async function findUnknownMigrations(knex: Knex): Promise<string[]> {
  return unknownAmong(await findAppliedMigrations(knex));
}

/** Returns the names of migrations of this build that are not applied. */
export async function findPendingMigrations(knex: Knex): Promise<string[]> {
  const applied = await findAppliedMigrations(knex);
  return migrations.map(({ name }) => name).filter((name) => !applied.includes(name));
}

/**
 * Returns the migration that `revertLastMigration` would revert, and the data that would be deleted.
 * @throws Error if a newer build has migrated the database: only that build can revert its migrations
 */
export async function findLastMigration(knex: Knex): Promise<{ name: string; loss: string } | undefined> {
  const unknown = await findUnknownMigrations(knex);
  if (unknown.length > 0)
    throw new Error(`a newer build has applied ${unknown.join(", ")}: use that build to roll back`);
  const applied = await findAppliedMigrations(knex);
  return migrations.findLast(({ name }) => applied.includes(name));
}

/**
 * Reverts the migration that was applied last.
 * @param expected its name, if its loss was confirmed: another process may have changed the schema since
 * @returns its name, or undefined if none is applied
 * @throws Error, and reverts nothing, if another migration is the last one; as findLastMigration
 */
export function revertLastMigration(knex: Knex, expected?: string): Promise<string | undefined> {
  return withMigrationLock(knex, async (trx) => {
    const last = (await findLastMigration(trx))?.name;
    if (expected !== undefined && last !== expected)
      throw new Error(`${expected} is no longer the last migration, so nothing was reverted. Try again`);
    if (last !== undefined) await trx.migrate.down(config);
    return last;
  });
}

/** Releases Knex's lock, which another tool may have left taken. */
export async function unlockMigrations(knex: Knex): Promise<void> {
  await knex.migrate.forceFreeMigrationsLock(config);
}
