import { expect } from "vitest";
import { queryRows } from "./sql.ts";
import { waitFor } from "./wait-for.ts";

/** Counts the statements in a test database that wait for a lock of another transaction. */
export async function countLockWaits(databaseUrl: string): Promise<number> {
  const [{ count }] = await queryRows(
    databaseUrl,
    "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return count;
}

/** Waits until a statement in a test database waits for a row that another transaction has locked. */
export async function untilRowAwaited(databaseUrl: string): Promise<void> {
  await waitFor(async () =>
    expect(
      await queryRows(
        databaseUrl,
        `select 1 from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and wait_event in ('transactionid', 'tuple')`,
      ),
    ).not.toEqual([]),
  );
}
