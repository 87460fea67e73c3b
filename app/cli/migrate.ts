import {
  findLastMigration,
  findUnknownMigrations,
  type MigrationProgress,
  migrateToLatest,
  revertLastMigration,
  unlockMigrations,
} from "#db/migrations/index.ts";
import { countRealUsers } from "#db/seed/emails.ts";
import { confirmLoss } from "./confirm.ts";
import type { CommandContext } from "./database.ts";
import { print, printError } from "./output.ts";

/** Each command that migrates prints the applied migrations afterwards. */
export const migrationProgress: MigrationProgress = {
  onWait: () => printError("Waiting for another migration."),
};

/** `db:migrate`: applies all pending migrations. */
export async function migrateCommand(
  { knex, runtimeRole }: CommandContext,
  { unlock }: { unlock: boolean },
): Promise<void> {
  if (unlock) {
    await unlockMigrations(knex);
    print("The migration lock is free.");
  }
  const applied = await migrateToLatest(knex, runtimeRole, migrationProgress);
  for (const name of applied) print(`Applied ${name}`);
  if (applied.length === 0) print("Nothing to do: the schema is up to date.");
  const unknown = await findUnknownMigrations(knex);
  if (unknown.length > 0)
    printError(`The schema is newer than this build, which does not know ${unknown.join(", ")}.`);
}

/**
 * `db:rollback`: reverts the migration that was applied last, with its data.
 * @param options.allowLoss also if people have signed up. Otherwise it asks on a terminal, and refuses elsewhere
 * @throws Error with one line that names the data that would be deleted
 */
export async function rollbackCommand(
  { knex, signal }: CommandContext,
  { allowLoss }: { allowLoss: boolean },
): Promise<void> {
  const last = await findLastMigration(knex);
  if (!last) return print("Nothing to do: no migration is applied.");
  const people = await countRealUsers(knex);
  if (people > 0) {
    const signedUp = people === 1 ? "1 person has" : `${people} people have`;
    const reason = `${signedUp} signed up, and reverting ${last.name} deletes ${last.loss}. Back up the database first`;
    await confirmLoss(reason, allowLoss, signal);
  }
  print(`Reverted ${await revertLastMigration(knex, last.name)}, and deleted ${last.loss}.`);
}
