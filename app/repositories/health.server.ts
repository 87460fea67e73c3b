import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

/** One round trip to the database. @throws AppError DB_ERROR */
export function pingDatabase(): Promise<void> {
  return query(async () => {
    await database().raw("select 1");
  });
}
