import knexFactory, { type Knex } from "knex";
import { Model } from "objection";
import pg from "pg";
import { type CircuitBreaker, createCircuitBreaker } from "./circuit-breaker.ts";
import { ResilientClient } from "./knex-client.ts";
import type { Log } from "./log.ts";
import { createPoolLimiter } from "./pool-limiter.ts";

// bigint arrives as text by default. Ids are checked to be safe integers on the way in, counts never come near 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface DatabaseOptions {
  /** A PostgreSQL URL, with sslmode for hosts that are not local. */
  url: string;
  /**
   * Connections kept when idle, the most in ordinary use, how many more under pressure, and how long somebody waits
   * for one.
   */
  pool: { min: number; max: number; overflow: number; timeoutMs: number };
  /** Whether a PgBouncer stands between, which shares connections by the transaction. */
  pgbouncer: boolean;
  log: Log;
}

const CONNECT_TIMEOUT_MS = 4_000;
/** Nobody waits in the pool for somebody else's connection (db/admission.ts), only for one to be made. */
const ACQUIRE_MS = CONNECT_TIMEOUT_MS + 500;
/** The server gives a statement up first, so that nothing goes on running that nobody waits for. */
const STATEMENT_MS = 4_500;
/** A little later the client does, for a server that cannot even do that. */
const REPLY_MS = 5_000;
/** A transaction whose client the network has swallowed would hold its locks for hours. */
const IDLE_TRANSACTION_MS = 5_000;
const IDLE_MS = 10_000;
const LIFETIME_MS = 30 * 60_000;
const LIFETIME_JITTER_MS = 5 * 60_000;

/** Knex prints what it also throws; told once, by whoever catches it, is enough. */
const quiet = {
  error: () => undefined,
  warn: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};

/** Values never get into error messages, and so never into the log. */
const common = { log: quiet, compileSqlOnError: false };

interface Opened {
  knex: Knex;
  client: ResilientClient;
  outage: CircuitBreaker;
  pgbouncer: boolean;
}
let current: Opened | undefined;

/**
 * Opens the one Knex of this process, and puts Objection on it. Connects to nothing yet.
 * @returns the same Knex that `database()` gives from now on
 */
export function openDatabase({ url, pool, pgbouncer, log }: DatabaseOptions): Knex {
  const outage = createCircuitBreaker(() => opened().client.probe(), log);
  const knex = knexFactory({
    ...common,
    client: ResilientClient,
    connection: {
      connectionString: url,
      application_name: "tock",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: REPLY_MS,
      keepAlive: true,
      // PgBouncer refuses a connection that asks for settings it does not keep.
      ...(!pgbouncer && {
        statement_timeout: STATEMENT_MS,
        idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
      }),
    },
    pool: {
      min: pool.min,
      max: pool.max + pool.overflow,
      acquireTimeoutMillis: ACQUIRE_MS,
      idleTimeoutMillis: IDLE_MS,
      maxConnectionLifetimeMillis: LIFETIME_MS,
      maxConnectionLifetimeJitterMillis: LIFETIME_JITTER_MS,
      // Else the pool itself would go on trying, and everybody wait, for as long as they wait for a busy pool.
      propagateCreateError: true,
    },
    resilience: { outage, admission: createPoolLimiter(pool, log), retrying: retryLog(log) },
    // Knex hands its client the whole of this, and knows only its own part.
  } as unknown as Knex.Config);
  current = { knex, client: knex.client as ResilientClient, outage, pgbouncer };
  Model.knex(knex);
  return knex;
}

const QUIET_MS = 10_000;

/** Tells of retries, once for each kind and ten seconds: in an outage there are many, for one reason. */
function retryLog(log: Log) {
  const told = new Map<string, number>();
  return (what: string, error: unknown) => {
    const now = Date.now();
    if (now - (told.get(what) ?? 0) < QUIET_MS) return;
    told.set(what, now);
    log.warn(
      { what, reason: error instanceof Error ? error.message : String(error) },
      "trying the database again",
    );
  };
}

/**
 * Gives `work` a single connection of its own without time limits, for migrations and other maintenance.
 * @param url as in DatabaseOptions
 */
export async function withMaintenanceConnection<T>(
  url: string,
  work: (knex: Knex) => Promise<T>,
): Promise<T> {
  const knex = knexFactory({
    ...common,
    client: "pg",
    connection: {
      connectionString: url,
      application_name: "tock maintenance",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    },
    pool: { min: 0, max: 1 },
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
}

function opened(): Opened {
  if (!current) throw new Error("the database is used before openDatabase()");
  return current;
}

/** The one Knex. @throws Error before `openDatabase` */
export const database = (): Knex => opened().knex;

/**
 * A statement that only reads, and that is sent so often that PostgreSQL shall parse and plan it once for each
 * connection. Through PgBouncer it goes without its name, for the next one may go to another server process.
 * @param name unique to this text; bindings replace `?`, or `:name` when they are an object
 * @returns the rows
 */
export async function queryPrepared(name: string, sql: string, bindings: Knex.RawBinding[] | Knex.ValueDict) {
  const { knex, pgbouncer } = opened();
  const options = { reads: true, ...(!pgbouncer && { name }) };
  const result = await knex.raw(sql, bindings as Knex.ValueDict).options(options);
  return result.rows;
}

/**
 * Whether the server answers. It is no traffic: it neither trips the breaker nor waits for it, and when all
 * connections are busy the answers that they get count.
 * @throws Error when it does not within `patienceMs`
 */
export async function pingServer(patienceMs: number): Promise<void> {
  const { client, outage } = opened();
  const before = Date.now();
  await client.ping(patienceMs).catch((error) => {
    if (!client.isBusy() || outage.lastAnswer() < before) throw error;
  });
}

/** Waits for queries under way, then closes every connection. */
export async function closeDatabase(): Promise<void> {
  const closing = current;
  current = undefined;
  closing?.outage.stop();
  await closing?.knex.destroy();
}
