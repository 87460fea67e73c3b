import type { Knex } from "knex";
import { connectAdvice } from "#db/connect-advice.ts";
import {
  closeDatabase,
  openDatabase,
  withMaintenanceConnection,
  withRequestConnection,
} from "#db/connection.ts";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/embedded-database.ts";
import { renewRuntimeRole } from "#db/embedded/runtime-role.ts";
import { classifyDatabaseError, errorReason } from "#db/errors.ts";
import {
  EncodingError,
  findUnknownMigrations,
  type MigrationProgress,
  MigrationRightsError,
  migrateToLatest,
} from "#db/migrations/index.ts";
import { currentRole, inspectRuntimeRole } from "#db/runtime-role.ts";
import { usesPgBouncer } from "./env/pgbouncer.server.ts";
import { env, shareOfLimit } from "./env.server.ts";
import { log } from "./log.server.ts";
import { closeGuessLimiters } from "./services/guess-limits.server.ts";
import { closeRateLimiters, openRateLimiters } from "./services/rate-limits.server.ts";
import { collectStorageMetrics } from "./storage-metrics.server.ts";

/** A database with the latest schema. */
export interface PreparedDatabase {
  /** For the role that serves requests. */
  url: string;
  /** Stops the embedded database. Does nothing for another one. */
  stop(): Promise<void>;
}

/** Connections of the embedded database beyond the pool: migrations, housekeeping, the command line, psql. */
const SPARE_CONNECTIONS = 20;
const MIN_CONNECTIONS = 100;

async function startEmbeddedDatabase(signal: AbortSignal): Promise<EmbeddedDatabase | undefined> {
  const { DATABASE_URL, DATA_DIR, DB_POOL_MAX, DB_POOL_OVERFLOW } = env();
  if (DATABASE_URL) return undefined;
  const needed = DB_POOL_MAX + DB_POOL_OVERFLOW + SPARE_CONNECTIONS;
  const maxConnections = Math.max(MIN_CONNECTIONS, needed);
  return startEmbedded({ dataDir: DATA_DIR, log, maxConnections, signal });
}

const migrationLog: MigrationProgress = {
  onWait: () => log.info({}, "waiting for another migration"),
  onApply: (pending) => log.info({ pending }, "applying migrations"),
};

async function migrate(url: string, runtimeRole?: string): Promise<void> {
  await withMaintenanceConnection(url, async (knex) => {
    const applied = await migrateToLatest(knex, runtimeRole, migrationLog);
    if (applied.length > 0) log.info({ applied }, "database schema migrated");
    const unknown = await findUnknownMigrations(knex);
    if (unknown.length > 0) log.warn({ unknown }, "the database schema is newer than this build");
  });
}

/**
 * Examines the role that serves requests.
 * @param ownerUrl the URL of the owner of the tables, if it is another role
 * @throws Error with a message of one line if it cannot read and write the rows of all tables
 */
async function checkRuntimeRole(url: string, ownerUrl: string | undefined): Promise<void> {
  const { name, findsTables, closedTables, excessRights } = await asRuntimeRole(url, inspectRuntimeRole);
  if (!findsTables)
    throw new Error("DATABASE_URL: must lead to the same database and schema as MIGRATION_DATABASE_URL.");
  if (closedTables.length > 0) {
    const denied = `the role "${name}" of DATABASE_URL may not read and write ${closedTables.join(", ")}`;
    throw new Error(
      ownerUrl
        ? `MIGRATION_DATABASE_URL: must be the role that owns the tables, because ${denied}.`
        : `DATABASE_URL: ${denied}. Set MIGRATION_DATABASE_URL to the role that owns the tables.`,
    );
  }
  if (ownerUrl && excessRights.length > 0)
    log.warn({ role: name, excessRights }, "the role of DATABASE_URL has more rights than Tock needs");
}

/** Runs `work` with a connection like those of requests, so that a start fails if they cannot be opened. */
const asRuntimeRole = <T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> =>
  explaining("DATABASE_URL", withRequestConnection({ url, pgbouncer: isPgBouncer(url) }, work));

/** Explains a failure to use a database in one line that begins with its variable, which the embedded one does not have. */
function explaining<T>(variable: string, work: Promise<T>): Promise<T> {
  const database = env().DATABASE_URL ? `${variable}: the database` : "The embedded database";
  return work.catch((cause) => {
    if (cause instanceof MigrationRightsError)
      throw new Error(`${variable}: ${cause.message}, or run npm run db:migrate with it.`, { cause });
    if (cause instanceof EncodingError) throw new Error(`${variable}: ${cause.message}.`, { cause });
    if (classifyDatabaseError(cause).kind === "unknown") throw cause;
    const advice = connectAdvice(cause);
    const reason = `${database} cannot be used (${errorReason(cause)}).`;
    throw new Error(advice ? `${reason} ${advice}.` : reason, { cause });
  });
}

/** Rejects as soon as the signal is aborted, without waiting for `work`. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  return Promise.race([work, aborted]);
}

/** The URLs of the role that serves requests and, if it is another one, of the owner of the tables. */
async function databaseUrls(
  embedded: EmbeddedDatabase | undefined,
): Promise<{ url: string; ownerUrl?: string }> {
  if (embedded) {
    const url = await explaining("DATABASE_URL", renewRuntimeRole(embedded.url));
    return { url, ownerUrl: embedded.url };
  }
  const { DATABASE_URL = "", MIGRATION_DATABASE_URL } = env();
  return { url: DATABASE_URL, ...(MIGRATION_DATABASE_URL && { ownerUrl: MIGRATION_DATABASE_URL }) };
}

async function prepare(embedded: EmbeddedDatabase | undefined): Promise<string> {
  const { url, ownerUrl } = await databaseUrls(embedded);
  const role = await asRuntimeRole(url, currentRole);
  if (ownerUrl === undefined) await explaining("DATABASE_URL", migrate(url));
  else await explaining("MIGRATION_DATABASE_URL", migrate(ownerUrl, role));
  await checkRuntimeRole(url, ownerUrl);
  return url;
}

/**
 * Starts the embedded database if DATABASE_URL is not set, and migrates the schema.
 * @param signal ends a start in progress and stops the embedded database. A migration is rolled back by its server
 * @throws Error with a message of one line if the database cannot be used
 */
export async function prepareDatabase(signal: AbortSignal): Promise<PreparedDatabase> {
  const embedded = await startEmbeddedDatabase(signal);
  try {
    signal.throwIfAborted();
    const url = await unlessAborted(signal, prepare(embedded));
    return { url, stop: async () => embedded?.stop() };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

const isPgBouncer = (url: string): boolean => usesPgBouncer(url, env().DB_PGBOUNCER);

/**
 * Opens the connection pool and the rate limiters of a web process. All web processes together use the connections that
 * DB_POOL_* allow.
 * @returns a function that closes them
 */
export function openStorage(url: string): () => Promise<void> {
  const { DB_POOL_MIN, DB_POOL_MAX, DB_POOL_OVERFLOW, DB_POOL_TIMEOUT_MS, METRICS_TOKEN } = env();
  const pool = {
    min: shareOfLimit(DB_POOL_MIN, 0),
    max: shareOfLimit(DB_POOL_MAX),
    overflow: shareOfLimit(DB_POOL_OVERFLOW, 0),
    timeoutMs: DB_POOL_TIMEOUT_MS,
  };
  openDatabase({ url, pool, pgbouncer: isPgBouncer(url), log });
  openRateLimiters();
  if (METRICS_TOKEN) collectStorageMetrics();
  return async () => {
    closeGuessLimiters();
    closeRateLimiters();
    await closeDatabase();
  };
}

/**
 * Opens the one connection of a process that serves no requests.
 * @returns a function that closes it
 */
export function openHousekeepingConnection(url: string): () => Promise<void> {
  const pool = { min: 0, max: 1, overflow: 0, timeoutMs: env().DB_POOL_TIMEOUT_MS };
  openDatabase({ url, pool, pgbouncer: isPgBouncer(url), log });
  return closeDatabase;
}
