import { migrateToLatest, rollbackLastBatch, unlockMigrations } from "#db/migrations/index.ts";
import type { CommandContext } from "./database.ts";
import { print } from "./output.ts";

/** `db:migrate`: applies all pending migrations. */
export async function migrateCommand(
  { knex }: CommandContext,
  { unlock }: { unlock: boolean },
): Promise<void> {
  if (unlock) {
    await unlockMigrations(knex);
    print("The migration lock is free.");
  }
  const applied = await migrateToLatest(knex);
  for (const name of applied) print(`Applied ${name}`);
  if (applied.length === 0) print("Nothing to do: the schema is up to date.");
}

/** `db:rollback`: reverts the last batch of migrations. */
export async function rollbackCommand({ knex }: CommandContext): Promise<void> {
  const reverted = await rollbackLastBatch(knex);
  for (const name of reverted) print(`Reverted ${name}`);
  if (reverted.length === 0) print("Nothing to do: no migration is applied.");
}
