import type { Knex } from "knex";
import * as initial from "./20261120_0001_initial.ts";
import * as rateLimit from "./20261120_0002_rate_limit.ts";
import * as sessionLastUse from "./20261120_0003_session_last_use.ts";
import * as undo from "./20261120_0004_undo.ts";

interface Migration extends Knex.Migration {
  name: string;
}

/**
 * Every migration, in order. A list rather than a folder to scan, so that the same ones run from the build, from tests
 * and from the command line. A released entry is never renamed, edited or moved.
 */
const migrations: Migration[] = [
  { name: "20261120_0001_initial", ...initial },
  { name: "20261120_0002_rate_limit", ...rateLimit },
  { name: "20261120_0003_session_last_use", ...sessionLastUse },
  { name: "20261120_0004_undo", ...undo },
];

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: ({ name }) => name,
  getMigration: (migration) => Promise.resolve(migration),
};

const config: Knex.MigratorConfig = { migrationSource };

/** Of all advisory locks the one for migrations: "tock" in ASCII. */
const LOCK = 0x746f636b;

/**
 * Migrates in one transaction. Knex's own lock is a row, which a process that dies in the middle leaves taken for ever,
 * and which makes a second one fail rather than wait: within the transaction it goes as it came, and PostgreSQL's
 * advisory lock in front of it makes the second wait.
 */
function alone<T>(knex: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return knex.transaction(async (trx) => {
    await trx.raw("select pg_advisory_xact_lock(?)", [LOCK]);
    return work(trx);
  });
}

/**
 * Brings the schema up to date under Knex's lock. Of two that start together the second waits, and finds nothing to do.
 * @param knex a connection without time limits: a migration takes as long as it takes
 * @returns the names of the migrations that were applied
 */
export function migrateToLatest(knex: Knex): Promise<string[]> {
  return alone(knex, async (trx) => {
    const [, applied] = (await trx.migrate.latest(config)) as [number, string[]];
    return applied;
  });
}

/** Takes back the last batch. @returns the names of the migrations that were undone */
export function rollbackLastBatch(knex: Knex): Promise<string[]> {
  return alone(knex, async (trx) => {
    const [, undone] = (await trx.migrate.rollback(config)) as [number, string[]];
    return undone;
  });
}

/** Frees Knex's lock, should somebody have taken it by other means and left it taken. */
export async function unlockMigrations(knex: Knex): Promise<void> {
  await knex.migrate.forceFreeMigrationsLock(config);
}
