import pg from "pg";
import { untilRowAwaited } from "./lock-waits.ts";

export interface HeldRow {
  /** Waits until another transaction waits for the row. */
  untilAwaited(): Promise<void>;
  release(): Promise<void>;
}

/** Locks a row of a test database. @param select a SELECT with a locking clause */
export async function holdRow(databaseUrl: string, select: string, values: unknown[]): Promise<HeldRow> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("begin");
  await client.query(select, values);
  return {
    untilAwaited: () => untilRowAwaited(databaseUrl),
    async release() {
      await client.query("rollback").finally(() => client.end());
    },
  };
}
