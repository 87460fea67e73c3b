import { closeDatabase, openDatabase, withMaintenanceConnection } from "#db/connection.ts";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/embedded-database.ts";
import { classifyDatabaseError } from "#db/errors.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { env } from "./env.server.ts";
import { log } from "./log.server.ts";
import { closeRateLimiters, openRateLimiters } from "./services/rate-limits.server.ts";
import { errorReason } from "./startup-error.server.ts";

export interface StorageHandle {
  /** Closes the rate limiters and the connection pool, and stops the embedded database. */
  close(): Promise<void>;
}

/** Connections of the embedded database beyond the pool: migrations, the command line, psql. */
const SPARE_CONNECTIONS = 20;
const MIN_CONNECTIONS = 100;

async function startEmbeddedDatabase(): Promise<EmbeddedDatabase | undefined> {
  const { DATABASE_URL, DATA_DIR, DB_POOL_MAX, DB_POOL_OVERFLOW } = env();
  if (DATABASE_URL) return undefined;
  const needed = DB_POOL_MAX + DB_POOL_OVERFLOW + SPARE_CONNECTIONS;
  return startEmbedded({ dataDir: DATA_DIR, log, maxConnections: Math.max(MIN_CONNECTIONS, needed) });
}

/** The host name of Neon's pooled endpoint contains "-pooler". */
const isNeonPooler = (url: string): boolean => new URL(url).hostname.includes("-pooler.");

async function migrateAndOpen(url: string): Promise<void> {
  const { DB_POOL_MIN, DB_POOL_MAX, DB_POOL_OVERFLOW, DB_POOL_TIMEOUT_MS, DB_PGBOUNCER } = env();
  const applied = await withMaintenanceConnection(url, migrateToLatest);
  if (applied.length > 0) log.info({ applied }, "database schema migrated");
  const pool = {
    min: DB_POOL_MIN,
    max: DB_POOL_MAX,
    overflow: DB_POOL_OVERFLOW,
    timeoutMs: DB_POOL_TIMEOUT_MS,
  };
  openDatabase({ url, pool, pgbouncer: DB_PGBOUNCER ?? isNeonPooler(url), log });
  openRateLimiters();
}

/**
 * Starts the embedded database if DATABASE_URL is not set, migrates the schema, and opens the pool and the rate limiters.
 * @throws Error with a message of one line if the database cannot be used
 */
export async function openStorage(): Promise<StorageHandle> {
  const embedded = await startEmbeddedDatabase();
  try {
    await migrateAndOpen(env().DATABASE_URL ?? embedded?.url ?? "");
  } catch (error) {
    await embedded?.stop();
    if (classifyDatabaseError(error).kind === "unknown") throw error;
    throw new Error(`DATABASE_URL: the database cannot be used (${errorReason(error)}).`, { cause: error });
  }
  return {
    async close() {
      closeRateLimiters();
      await closeDatabase();
      await embedded?.stop();
    },
  };
}
