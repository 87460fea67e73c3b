import { closeDatabase, openDatabase, withMaintenanceConnection } from "#db/connection.ts";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/embedded-database.ts";
import { renewRuntimeRole } from "#db/embedded/runtime-role.ts";
import { classifyDatabaseError } from "#db/errors.ts";
import { findUnknownMigrations, MigrationRightsError, migrateToLatest } from "#db/migrations/index.ts";
import { currentRole, inspectRuntimeRole } from "#db/runtime-role.ts";
import { env, shareOfLimit } from "./env.server.ts";
import { log } from "./log.server.ts";
import { closeGuessLimiters } from "./services/guess-limits.server.ts";
import { closeRateLimiters, openRateLimiters } from "./services/rate-limits.server.ts";
import { errorReason } from "./startup-error.server.ts";
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

async function migrate(url: string, runtimeRole?: string): Promise<void> {
  await withMaintenanceConnection(url, async (knex) => {
    const applied = await migrateToLatest(knex, runtimeRole);
    if (applied.length > 0) log.info({ applied }, "database schema migrated");
    const unknown = await findUnknownMigrations(knex);
    if (unknown.length > 0) log.warn({ unknown }, "the database schema is newer than this build");
  });
}

/** Migrates as the owner of the tables, and gives the role of `url` the rights to serve requests. */
async function migrateAsOwner(ownerUrl: string, url: string): Promise<void> {
  const role = await explaining("DATABASE_URL", withMaintenanceConnection(url, currentRole));
  await explaining("MIGRATION_DATABASE_URL", migrate(ownerUrl, role));
  const { findsTables, excessRights } = await explaining(
    "DATABASE_URL",
    withMaintenanceConnection(url, inspectRuntimeRole),
  );
  if (!findsTables)
    throw new Error("DATABASE_URL: must lead to the same database and schema as MIGRATION_DATABASE_URL.");
  if (excessRights.length > 0)
    log.warn({ role, excessRights }, "the role of DATABASE_URL has more rights than Tock needs");
}

/** Explains a failure to use a database in one line that begins with its variable. */
function explaining<T>(variable: string, work: Promise<T>): Promise<T> {
  return work.catch((cause) => {
    if (cause instanceof MigrationRightsError)
      throw new Error(`${variable}: ${cause.message}, or run npm run db:migrate with it.`, { cause });
    if (classifyDatabaseError(cause).kind === "unknown") throw cause;
    throw new Error(`${variable}: the database cannot be used (${errorReason(cause)}).`, { cause });
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
  if (embedded) return { url: await renewRuntimeRole(embedded.url), ownerUrl: embedded.url };
  const { DATABASE_URL = "", MIGRATION_DATABASE_URL } = env();
  return { url: DATABASE_URL, ...(MIGRATION_DATABASE_URL && { ownerUrl: MIGRATION_DATABASE_URL }) };
}

async function prepare(embedded: EmbeddedDatabase | undefined): Promise<string> {
  const { url, ownerUrl } = await databaseUrls(embedded);
  if (ownerUrl === undefined) await explaining("DATABASE_URL", migrate(url));
  else await migrateAsOwner(ownerUrl, url);
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

/** The host name of Neon's pooled endpoint contains "-pooler". */
const isNeonPooler = (url: string): boolean => new URL(url).hostname.includes("-pooler.");

const usesPgBouncer = (url: string): boolean => env().DB_PGBOUNCER ?? isNeonPooler(url);

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
  openDatabase({ url, pool, pgbouncer: usesPgBouncer(url), log });
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
  openDatabase({ url, pool, pgbouncer: usesPgBouncer(url), log });
  return closeDatabase;
}
