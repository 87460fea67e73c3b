import { expect } from "vitest";
import { queryRows } from "./sql.ts";
import { waitFor } from "./wait-for.ts";

/** The wait events of PostgreSQL for each kind of lock. */
const WAIT_EVENTS = { advisory: ["advisory"], row: ["transactionid", "tuple"] };

/** Counts the statements in a test database that wait for a lock of another transaction. */
export async function countLockWaits(databaseUrl: string): Promise<number> {
  const [{ count }] = await queryRows(
    databaseUrl,
    "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return count;
}

/** Waits until a statement in a test database waits for a lock of another transaction. */
export async function untilLockAwaited(databaseUrl: string, kind: keyof typeof WAIT_EVENTS): Promise<void> {
  await waitFor(async () =>
    expect(
      await queryRows(
        databaseUrl,
        `select 1 from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and wait_event = any($1)`,
        [WAIT_EVENTS[kind]],
      ),
    ).not.toEqual([]),
  );
}
