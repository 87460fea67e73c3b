import type { Knex } from "knex";
import * as initial from "./20261120_0001_initial.ts";
import * as rateLimit from "./20261120_0002_rate_limit.ts";
import * as sessionLastUse from "./20261120_0003_session_last_use.ts";
import * as undo from "./20261120_0004_undo.ts";

interface Migration extends Knex.Migration {
  name: string;
}

/**
 * All migrations, in order. Imported instead of read from a folder, because the build bundles them. A released
 * migration is never renamed, edited or moved.
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

/** The key of the advisory lock for migrations: "tock" in ASCII. */
const ADVISORY_LOCK_KEY = 0x746f636b;

/**
 * Runs `work` in one transaction under an advisory lock. Knex's own lock is a row: a second process fails instead of
 * waiting, and a crash leaves it taken. In the transaction, a crash rolls it back, and the advisory lock makes a second
 * process wait.
 */
function withMigrationLock<T>(knex: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return knex.transaction(async (trx) => {
    await trx.raw("select pg_advisory_xact_lock(?)", [ADVISORY_LOCK_KEY]);
    return work(trx);
  });
}

/**
 * Applies all pending migrations. A concurrent call waits, then finds none.
 * @param knex a connection without time limits
 * @returns the names of the applied migrations
 */
export function migrateToLatest(knex: Knex): Promise<string[]> {
  return withMigrationLock(knex, async (trx) => {
    const [, applied] = (await trx.migrate.latest(config)) as [number, string[]];
    return applied;
  });
}

/** Reverts the last batch of migrations. @returns their names */
export function rollbackLastBatch(knex: Knex): Promise<string[]> {
  return withMigrationLock(knex, async (trx) => {
    const [, reverted] = (await trx.migrate.rollback(config)) as [number, string[]];
    return reverted;
  });
}

/** Releases Knex's lock, which another tool may have left taken. */
export async function unlockMigrations(knex: Knex): Promise<void> {
  await knex.migrate.forceFreeMigrationsLock(config);
}
