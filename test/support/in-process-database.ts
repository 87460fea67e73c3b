import { openDatabase } from "#db/connection.ts";
import { silentLog } from "./test-database.ts";

/** Opens a database for application code that runs in the test process. */
export const openTestDatabase = (url: string) =>
  openDatabase({
    url,
    pool: { min: 0, max: 4, overflow: 0, timeoutMs: 5_000 },
    pgbouncer: false,
    log: silentLog,
  });
