import pg from "pg";
import { expect } from "vitest";
import { untilRowAwaited } from "./lock-waits.ts";
import { queryRows } from "./sql.ts";
import { waitFor } from "./wait-for.ts";

export interface HeldWrites {
  /** Waits until a statement is held. */
  untilHeld(): Promise<void>;
  /** Waits until another transaction waits for a row that a held statement's transaction has locked. */
  untilRowAwaited(): Promise<void>;
  /** Lets the statements go on. */
  release(): Promise<void>;
}

/** The key of the advisory lock that holds the writes; each call has its own. */
let lastKey = 0;

/**
 * Holds inserts and updates in a test database, so that a test decides what happens before them. They fail after the time
 * limit of a statement, so nothing slow may happen meanwhile, such as a bcrypt hash with the cost of production.
 * @param condition SQL over `new`, the row; without one, statements are held before they lock a row
 */
export async function holdWrites(
  databaseUrl: string,
  table: string,
  condition?: string,
): Promise<HeldWrites> {
  lastKey += 1;
  const key = lastKey;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `select pg_advisory_lock(${key});
     create function hold_${key}() returns trigger language plpgsql as
       $$ begin perform pg_advisory_xact_lock_shared(${key}); return new; end $$;
     create trigger hold_${key} before insert or update on ${table}
       ${condition ? `for each row when (${condition})` : "for each statement"} execute function hold_${key}()`,
  );
  const findHeld =
    "select 1 from pg_locks where locktype = 'advisory' and objid = $1 and not granted and " +
    "database = (select oid from pg_database where datname = current_database())";
  return {
    untilHeld: () =>
      waitFor(async () => expect(await queryRows(databaseUrl, findHeld, [key])).not.toEqual([])),
    untilRowAwaited: () => untilRowAwaited(databaseUrl),
    // The trigger stays, without an effect: to drop it would wait for the transactions that it has held.
    release: () => client.end(),
  };
}
