import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import type { ServerBuild } from "@remix-run/node";
import { closeDatabase, openDatabase, withMaintenanceConnection } from "#db/connection.ts";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/embedded-database.ts";
import { classifyDatabaseError } from "#db/errors.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { env } from "./env.server.ts";
import { createApp } from "./http/app.server.ts";
import { unreadableRequestError } from "./http/middleware/unreadable-request.server.ts";
import { gracefulShutdown, type RequestListener, startHttpServer } from "./http/server/node-server.server.ts";
import { log } from "./log.server.ts";
import { startHousekeeping, stopHousekeeping } from "./services/housekeeping.server.ts";
import { closeRateLimiters, openRateLimiters } from "./services/rate-limits.server.ts";
import { errorReason, explainStartupError } from "./startup-error.server.ts";

/** Docker and Hugging Face kill what has not ended after ten seconds. */
const STOP_MS = 9_500;
/** The terminal, npm and a service manager may each pass on the same signal. */
const SAME_SIGNAL_MS = 500;
/** What the embedded database has room for besides the pool: migrations, the command line, a look by hand. */
const SPARE_CONNECTIONS = 20;
const LEAST_CONNECTIONS = 100;

async function startOwnDatabase(): Promise<EmbeddedDatabase | undefined> {
  const { DATABASE_URL, DATA_DIR, DB_POOL_MAX, DB_POOL_OVERFLOW } = env();
  if (DATABASE_URL) return undefined;
  const wanted = DB_POOL_MAX + DB_POOL_OVERFLOW + SPARE_CONNECTIONS;
  return startEmbedded({ dataDir: DATA_DIR, log, maxConnections: Math.max(LEAST_CONNECTIONS, wanted) });
}

/** @returns the embedded database, when there is no other */
async function openStorage(): Promise<EmbeddedDatabase | undefined> {
  const { DATABASE_URL, DB_POOL_MIN, DB_POOL_MAX, DB_POOL_OVERFLOW, DB_POOL_TIMEOUT_MS, DB_PGBOUNCER } =
    env();
  const embedded = await startOwnDatabase();
  try {
    const url = DATABASE_URL ?? embedded?.url ?? "";
    const applied = await withMaintenanceConnection(url, migrateToLatest);
    if (applied.length > 0) log.info({ applied }, "the database schema is up to date");
    const pool = {
      min: DB_POOL_MIN,
      max: DB_POOL_MAX,
      overflow: DB_POOL_OVERFLOW,
      timeoutMs: DB_POOL_TIMEOUT_MS,
    };
    openDatabase({ url, pool, pgbouncer: DB_PGBOUNCER ?? isNeonPooler(url), log });
    openRateLimiters();
    return embedded;
  } catch (error) {
    await embedded?.stop();
    if (classifyDatabaseError(error).kind === "unknown") throw error;
    throw new Error(`DATABASE_URL: the database cannot be used (${errorReason(error)}).`, { cause: error });
  }
}

/** Neon's pooled endpoint says so in its name. */
const isNeonPooler = (url: string): boolean => new URL(url).hostname.includes("-pooler.");

async function closeStorage(embedded: EmbeddedDatabase | undefined): Promise<void> {
  stopHousekeeping();
  closeRateLimiters();
  await closeDatabase();
  await embedded?.stop();
}

/** Ends the process in order: on a signal with 0, after a failure that nobody caught with 1. A second signal ends it at once. */
function stopInOrder(server: Server, embedded: EmbeddedDatabase | undefined): void {
  let stoppingSince: number | undefined;
  const stop = async (code: number) => {
    stoppingSince = Date.now();
    setTimeout(() => {
      log.warn({}, "stopped before everything had ended");
      process.exit(code);
    }, STOP_MS).unref();
    await gracefulShutdown(server);
    await closeStorage(embedded);
    log.info({}, "stopped");
    process.exit(code);
  };
  const giveUp = (err: unknown) => {
    log.fatal({ err }, "could not stop in order");
    process.exit(1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stoppingSince !== undefined) {
        if (Date.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
        return;
      }
      log.info({ signal }, "stopping: finishing what was accepted");
      stop(0).catch(giveUp);
    });
  }
  for (const failure of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(failure, (err) => {
      log.fatal({ err, failure }, "a failure that nobody caught: stopping");
      if (stoppingSince === undefined) stop(1).catch(giveUp);
    });
  }
}

/**
 * The life of the process: open the database, migrate it, listen, and on SIGTERM or SIGINT drain and exit with 0.
 * Whatever prevents the start ends it with one line and exit code 1.
 */
export async function start(createListener: () => RequestListener): Promise<void> {
  try {
    const { PORT, HOST, LOG_LEVEL, APP_URL } = env();
    log.level = LOG_LEVEL;
    const embedded = await openStorage();
    const server = await startHttpServer(createListener(), PORT, HOST).catch(async (error) => {
      await closeStorage(embedded);
      throw error;
    });
    startHousekeeping();
    stopInOrder(server, embedded);
    const { port } = server.address() as AddressInfo;
    log.info({ port, url: APP_URL ?? `http://localhost:${port}` }, "Tock is ready");
  } catch (error) {
    // Silence is for what goes on, not for why nothing does.
    if (log.level === "silent") log.level = "fatal";
    log.fatal({}, explainStartupError(error));
    process.exit(1);
  }
}

if (import.meta.env.PROD) {
  const build = (await import("virtual:remix/server-build")) as unknown as ServerBuild;
  const client = fileURLToPath(new URL("../client", import.meta.url));
  await start(() =>
    getRequestListener(createApp(build, client).fetch, { errorHandler: unreadableRequestError }),
  );
}
