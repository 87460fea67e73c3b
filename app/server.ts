import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as TcpServer } from "node:net";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import type { ServerBuild } from "@remix-run/node";
import { closeDatabase, maintain, openDatabase } from "#db/connection.ts";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/index.ts";
import { classify } from "#db/errors.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { env } from "./env.server.ts";
import { createApp } from "./http/app.server.ts";
import { refuseUnread } from "./http/gate.server.ts";
import { log } from "./log.server.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const LINGER_MS = 500;
const DRAIN_MS = 8_000;
/** Docker and Hugging Face kill what has not ended after ten seconds. */
const STOP_MS = 9_500;
const IDLE_CHECK_MS = 50;

/** @returns the embedded database, when there is no other */
async function openStorage(): Promise<EmbeddedDatabase | undefined> {
  const {
    DATABASE_URL,
    DATA_DIR,
    DB_POOL_MIN,
    DB_POOL_MAX,
    DB_POOL_OVERFLOW,
    DB_POOL_TIMEOUT_MS,
    DB_PGBOUNCER,
  } = env();
  const embedded = DATABASE_URL ? undefined : await startEmbedded({ dataDir: DATA_DIR, log });
  try {
    const url = DATABASE_URL ?? embedded?.url ?? "";
    const applied = await maintain(url, migrateToLatest);
    if (applied.length > 0) log.info({ applied }, "the database schema is up to date");
    const pool = {
      min: DB_POOL_MIN,
      max: DB_POOL_MAX,
      overflow: DB_POOL_OVERFLOW,
      timeoutMs: DB_POOL_TIMEOUT_MS,
    };
    openDatabase({ url, pool, pgbouncer: DB_PGBOUNCER ?? isNeonPooler(url), log });
    return embedded;
  } catch (error) {
    await embedded?.stop();
    if (classify(error).kind === "unknown") throw error;
    throw new Error(`DATABASE_URL: the database cannot be used (${reason(error)}).`, { cause: error });
  }
}

/** Neon's pooled endpoint says so in its name. */
const isNeonPooler = (url: string): boolean => new URL(url).hostname.includes("-pooler.");

/** A connection refused on several addresses comes as an AggregateError without words of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** What stops a start, in one line that says what to do. */
function explain(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === "listen") {
    const { PORT, HOST } = env();
    if (code === "EADDRINUSE")
      return `PORT: ${PORT} is taken by another program. Stop that one, or choose another port.`;
    if (code === "EACCES") return `PORT: this account may not listen on ${PORT}. Choose one above 1023.`;
    return `HOST: cannot listen on ${HOST} (${code}).`;
  }
  return reason(error).split("\n")[0] ?? "";
}

function listen(listener: Listener): Promise<Server> {
  const { PORT, HOST } = env();
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    listener,
  );
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(PORT, HOST, () => resolve(server));
  });
}

/**
 * Stops accepting, and waits for what was accepted. Connections that lie idle are kept for a moment: a request may be
 * under way on one, and its answer tells the client to open no other here. What has not ended in time is cut off.
 */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Not the HTTP server's own close, which ends idle connections at once.
    TcpServer.prototype.close.call(server, () => resolve());
    server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
    setTimeout(() => {
      setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS).unref();
    }, LINGER_MS).unref();
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  });
}

/** Ends the process in order: on a signal with 0, after a failure that nobody caught with 1. A second signal ends it at once. */
function stopInOrder(server: Server, embedded: EmbeddedDatabase | undefined): void {
  let stopping = false;
  const stop = async (code: number) => {
    stopping = true;
    setTimeout(() => {
      log.warn({}, "stopped before everything had ended");
      process.exit(code);
    }, STOP_MS).unref();
    await drain(server);
    await closeDatabase();
    await embedded?.stop();
    log.info({}, "stopped");
    process.exit(code);
  };
  const giveUp = (err: unknown) => {
    log.fatal({ err }, "could not stop in order");
    process.exit(1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      log.info({ signal }, "stopping: finishing what was accepted");
      stop(0).catch(giveUp);
    });
  }
  for (const failure of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(failure, (err) => {
      log.fatal({ err, failure }, "a failure that nobody caught: stopping");
      if (!stopping) stop(1).catch(giveUp);
    });
  }
}

/**
 * The life of the process: open the database, migrate it, listen, and on SIGTERM or SIGINT drain and exit with 0.
 * Whatever prevents the start ends it with one line and exit code 1.
 */
export async function start(createListener: () => Listener): Promise<void> {
  try {
    log.level = env().LOG_LEVEL;
    const embedded = await openStorage();
    const server = await listen(createListener()).catch(async (error) => {
      await closeDatabase();
      await embedded?.stop();
      throw error;
    });
    stopInOrder(server, embedded);
    const { port } = server.address() as AddressInfo;
    log.info({ port, url: env().APP_URL ?? `http://localhost:${port}` }, "Tock is ready");
  } catch (error) {
    log.fatal({}, explain(error));
    process.exit(1);
  }
}

if (import.meta.env.PROD) {
  const build = (await import("virtual:remix/server-build")) as unknown as ServerBuild;
  const client = fileURLToPath(new URL("../client", import.meta.url));
  await start(() => getRequestListener(createApp(build, client).fetch, { errorHandler: refuseUnread }));
}
