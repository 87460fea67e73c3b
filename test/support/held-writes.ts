import pg from "pg";
import { untilLockAwaited } from "./lock-waits.ts";
import { queryRows } from "./sql.ts";

export interface HeldWrites {
  /** Waits until a statement is held. */
  untilHeld(): Promise<void>;
  /** Waits until another transaction waits for a row that a held statement's transaction has locked. */
  untilRowAwaited(): Promise<void>;
  /** Lets the statements go on. */
  release(): Promise<void>;
}

/**
 * Holds inserts and updates in a test database, so that a test decides what happens before them.
 * @param condition SQL over `new`, the row
 */
export async function holdWrites(databaseUrl: string, table: string, condition: string): Promise<HeldWrites> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `select pg_advisory_lock(1);
     create function hold() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
     create trigger hold before insert or update on ${table} for each row when (${condition})
       execute function hold()`,
  );
  return {
    untilHeld: () => untilLockAwaited(databaseUrl, "advisory"),
    untilRowAwaited: () => untilLockAwaited(databaseUrl, "row"),
    async release() {
      await client.query("select pg_advisory_unlock(1)").finally(() => client.end());
      await queryRows(databaseUrl, "drop function hold cascade");
    },
  };
}
