import type { Knex } from "knex";
import { type Resilience, ResilientClient, SingleConnectionClient } from "./knex-client.ts";
import type { PoolLimits } from "./pool-limiter.ts";

export interface DatabaseConfig {
  /** A PostgreSQL URL, with sslmode for remote hosts. */
  url: string;
  /** `min` is the number of idle connections that the pool keeps. */
  pool: PoolLimits & { min: number };
  /** Whether the connections go through PgBouncer in transaction mode. */
  pgbouncer: boolean;
}

const CONNECT_TIMEOUT_MS = 4_000;
/** The pool only waits for new connections: the pool limiter makes callers wait for used ones. */
const ACQUIRE_TIMEOUT_MS = CONNECT_TIMEOUT_MS + 500;
/** The server cancels a statement before the client gives up, so that no abandoned statement keeps running. */
const STATEMENT_TIMEOUT_MS = 4_500;
/** For a server that cannot even cancel a statement. */
const QUERY_TIMEOUT_MS = 5_000;
/** A transaction whose client has silently lost the network would hold its locks for hours. */
const IDLE_TRANSACTION_TIMEOUT_MS = 5_000;
/** A firewall may forget an idle connection after some minutes. The default of Linux is two hours. */
const KEEP_ALIVE_DELAY_MS = 60_000;
const IDLE_MS = 10_000;
const LIFETIME_MS = 30 * 60_000;
const LIFETIME_JITTER_MS = 5 * 60_000;

/** Knex also prints what it throws; callers log errors once. */
const silentLog = {
  error: () => undefined,
  warn: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};
/** Keeps values out of error messages, and so out of the log. */
const common = { log: silentLog, compileSqlOnError: false };

/**
 * Returns a PostgreSQL URL for pg, which verifies the certificate and the host name with each of these modes, and prints a
 * warning of several lines for all but verify-full.
 */
export const withFullVerification = (url: string): string =>
  url.replace(/\?.*/, (query) =>
    query.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=[&#]|$)/g, "$1verify-full"),
  );

const connectionTo = (url: string, applicationName: string) => ({
  connectionString: withFullVerification(url),
  application_name: applicationName,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
});

type ConnectionTarget = Pick<DatabaseConfig, "url" | "pgbouncer">;

const requestConnection = ({ url, pgbouncer }: ConnectionTarget) => ({
  ...connectionTo(url, "tock"),
  query_timeout: QUERY_TIMEOUT_MS,
  // PgBouncer rejects a connection with startup parameters that it does not track.
  ...(!pgbouncer && {
    // Planning the query of the task list for each request takes longer than executing it.
    options: "-c plan_cache_mode=force_generic_plan",
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
  }),
});

function singleConnection(connection: object): Knex.Config {
  const config = { ...common, client: SingleConnectionClient, connection, pool: { min: 0, max: 1 } };
  // The types that Knex declares for a client are not those of its PostgreSQL client.
  return config as unknown as Knex.Config;
}

/** Returns Knex's configuration for the application. */
export function applicationConfig({ pool, ...target }: DatabaseConfig, resilience: Resilience): Knex.Config {
  const config = {
    ...common,
    client: ResilientClient,
    connection: requestConnection(target),
    pool: {
      min: pool.min,
      max: pool.max + pool.overflow,
      acquireTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      maxConnectionLifetimeMillis: LIFETIME_MS,
      maxConnectionLifetimeJitterMillis: LIFETIME_JITTER_MS,
      // Fail fast instead of retrying inside tarn until the acquire timeout.
      propagateCreateError: true,
    },
    resilience,
  };
  // Knex passes its whole configuration to the client, but types only its own part.
  return config as unknown as Knex.Config;
}

/** Returns Knex's configuration for a single connection without time limits. */
export const maintenanceConfig = (url: string): Knex.Config =>
  singleConnection(connectionTo(url, "tock maintenance"));

/** Returns Knex's configuration for a single connection like those of `applicationConfig`. */
export const requestConnectionConfig = (target: ConnectionTarget): Knex.Config =>
  singleConnection(requestConnection(target));
