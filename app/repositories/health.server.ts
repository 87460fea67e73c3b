import { databaseState, pingServer } from "#db/connection.ts";
import { observeQueries } from "#db/query-timing.ts";
import { query } from "./database-errors.server.ts";

/** Sends one query. @throws AppError DB_ERROR without an answer within `timeoutMs` */
export const pingDatabase = (timeoutMs: number): Promise<void> => query(() => pingServer(timeoutMs));

/** Reads the state of pool and circuit breaker. Costs no query. */
export const readDatabaseStatus = databaseState;

/** Calls `observe` with the duration of every SQL statement in ms. Replaces an earlier observer. */
export const setQueryObserver = observeQueries;
