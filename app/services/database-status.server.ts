import { readDatabaseStatus, setQueryObserver } from "#app/repositories/health.server.ts";

/** The number of connections in use, and whether the circuit breaker is open. Costs no query. */
export const databaseStatus = readDatabaseStatus;

/** Calls `observe` with the duration of every SQL statement in ms. Replaces an earlier observer. */
export const onDatabaseQuery = setQueryObserver;
