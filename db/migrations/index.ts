import type { Knex } from "knex";
import * as initial from "./20261120_0001_initial.ts";

interface Migration extends Knex.Migration {
  name: string;
}

/**
 * Every migration, in order. A list rather than a folder to scan, so that the same ones run from the build, from tests
 * and from the command line. A released entry is never renamed, edited or moved.
 */
const migrations: Migration[] = [{ name: "20261120_0001_initial", ...initial }];

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: ({ name }) => name,
  getMigration: (migration) => Promise.resolve(migration),
};

const config: Knex.MigratorConfig = { migrationSource };

/**
 * Brings the schema up to date under Knex's lock. Two instances that start together both succeed: the second waits.
 * @returns the names of the migrations that were applied
 * @throws Error when the lock is not given free within a minute
 */
export async function migrateToLatest(knex: Knex): Promise<string[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      const [, applied] = (await knex.migrate.latest(config)) as [number, string[]];
      return applied;
    } catch (error) {
      // Knex's lock is a row: whoever finds it taken fails at once, so waiting is up to us. It releases nothing by
      // itself after a crash in the middle, which `db:migrate -- --unlock` mends.
      const held = error instanceof Error && error.name === "MigrationLocked";
      if (!held || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Takes back the last batch. @returns the names of the migrations that were undone */
export async function rollbackLast(knex: Knex): Promise<string[]> {
  const [, undone] = (await knex.migrate.rollback(config)) as [number, string[]];
  return undone;
}

/** Frees Knex's lock after a migration was killed half way. */
export async function unlockMigrations(knex: Knex): Promise<void> {
  await knex.migrate.forceFreeMigrationsLock(config);
}
