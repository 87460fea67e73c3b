import knexFactory, { type Knex } from "knex";
import { Model } from "objection";
import pg from "pg";
import { type CircuitBreaker, createCircuitBreaker } from "./circuit-breaker.ts";
import { isConflict } from "./errors.ts";
import type { ResilientClient } from "./knex-client.ts";
import {
  applicationConfig,
  type DatabaseConfig,
  maintenanceConfig,
  requestConnectionConfig,
} from "./knex-config.ts";
import type { PreparedStatement } from "./knex-statement.ts";
import type { Log } from "./log.ts";
import { createPoolLimiter, type PoolLimiter } from "./pool-limiter.ts";
import { createRetryLog, type OnRetry, retryConflicts } from "./retry.ts";

// pg returns bigint as text. Ids are checked to be safe integers on input, and counts never approach 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface DatabaseOptions extends DatabaseConfig {
  log: Log;
}

interface OpenDatabase {
  knex: Knex;
  client: ResilientClient;
  breaker: CircuitBreaker;
  limiter: PoolLimiter;
  /** Connections in ordinary use, at most. */
  poolMax: number;
  onRetry: OnRetry;
  pgbouncer: boolean;
}
let current: OpenDatabase | undefined;

/**
 * Opens the Knex instance of this process, and binds Objection to it. Does not connect yet.
 * @returns the instance that `database()` returns from now on
 */
export function openDatabase({ log, ...config }: DatabaseOptions): Knex {
  const breaker = createCircuitBreaker(() => openedDatabase().client.probe(), log);
  const limiter = createPoolLimiter(config.pool, log);
  const onRetry = createRetryLog(log);
  const knex = knexFactory(applicationConfig(config, { breaker, limiter, onRetry }));
  const { pool, pgbouncer } = config;
  const client = knex.client as ResilientClient;
  current = { knex, client, breaker, limiter, poolMax: pool.max, onRetry, pgbouncer };
  Model.knex(knex);
  return knex;
}

/**
 * Runs `work` with a single connection without time limits, for migrations and other maintenance.
 * @param url as in DatabaseOptions
 */
export const withMaintenanceConnection = <T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> =>
  withKnex(maintenanceConfig(url), work);

/**
 * Runs `work` with a single connection like those of requests. A pooler may reject it although it accepts a maintenance
 * connection.
 */
export const withRequestConnection = <T>(
  target: Pick<DatabaseOptions, "url" | "pgbouncer">,
  work: (knex: Knex) => Promise<T>,
): Promise<T> => withKnex(requestConnectionConfig(target), work);

async function withKnex<T>(config: Knex.Config, work: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = knexFactory(config);
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
}

function openedDatabase(): OpenDatabase {
  if (!current) throw new Error("the database is used before openDatabase()");
  return current;
}

/** Returns the Knex instance of this process. @throws Error before `openDatabase` */
export const database = (): Knex => openedDatabase().knex;

/**
 * Runs `work` in a transaction. After a serialization failure or a deadlock it runs again, in a new transaction: its
 * effects outside the database must be repeatable.
 * @throws the error of `work` or of the database, after at most four retries
 */
export function withTransaction<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  const { knex, onRetry } = openedDatabase();
  return retryConflicts(() => knex.transaction(work), onRetry);
}

/**
 * Runs a frequent statement, which PostgreSQL parses and plans once per connection. Through PgBouncer it is sent without
 * its name, because the next one may reach another server process. It is a transaction of its own, and as in
 * `withTransaction` it runs again after a serialization failure or a deadlock.
 * @param values of the placeholders, in order
 * @returns the rows
 */
export async function queryPrepared<Row>(statement: PreparedStatement, values: unknown[]): Promise<Row[]> {
  const { client, pgbouncer, onRetry } = openedDatabase();
  const run = () => client.queryPrepared(statement, values, !pgbouncer) as Promise<Row[]>;
  try {
    return await run();
  } catch (error) {
    // Only here, because a policy for each statement would cost time.
    if (!isConflict(error)) throw error;
    return retryConflicts(run, onRetry);
  }
}

/**
 * Checks that the server responds. The check neither opens the circuit breaker nor waits for it. Responses to other
 * queries count too: on a busy machine the ping may wait while the database answers users.
 * @throws Error without a response within `timeoutMs`
 */
export async function pingServer(timeoutMs: number): Promise<void> {
  const { client, breaker } = openedDatabase();
  const startedAt = performance.now();
  await client.ping(timeoutMs).catch((error) => {
    if ((breaker.lastSuccessAt() ?? 0) < startedAt) throw error;
  });
}

export interface DatabaseState {
  /** Connections in use, those of the overflow included. */
  inUse: number;
  /** Connections in ordinary use, at most. */
  poolMax: number;
  /** Callers that wait for a connection. */
  waiting: number;
  isBreakerOpen: boolean;
}

/** Returns the state of the pool and of the circuit breaker. */
export function databaseState(): DatabaseState {
  const { client, limiter, poolMax, breaker } = openedDatabase();
  return { inUse: client.inUse(), poolMax, waiting: limiter.waiting(), isBreakerOpen: breaker.isOpen() };
}

/** Waits for running queries, then closes all connections. */
export async function closeDatabase(): Promise<void> {
  const closing = current;
  current = undefined;
  closing?.breaker.stop();
  await closing?.knex.destroy();
}
