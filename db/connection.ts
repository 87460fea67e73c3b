import knexFactory, { type Knex } from "knex";
import { Model } from "objection";
import pg from "pg";

// bigint arrives as text by default. Ids are checked to be safe integers on the way in, counts never come near 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface DatabaseOptions {
  /** A PostgreSQL URL, with sslmode for hosts that are not local. */
  url: string;
  /** Connections kept when idle, and the most that may be open. */
  pool: { min: number; max: number; timeoutMs: number };
}

const CONNECT_MS = 5_000;
/** The server cancels a statement first; the client gives up a little later, for a server that cannot even do that. */
const STATEMENT_MS = 8_000;
const REPLY_MS = 9_000;

/** Knex prints what it also throws; told once, by whoever catches it, is enough. */
const quiet = {
  error: () => undefined,
  warn: () => undefined,
  deprecate: () => undefined,
  debug: () => undefined,
};

let current: Knex | undefined;

/**
 * Opens the one Knex of this process, and puts Objection on it. Connects to nothing yet.
 * @returns the same Knex that `database()` gives from now on
 */
export function openDatabase({ url, pool }: DatabaseOptions): Knex {
  current = knexFactory({
    client: "pg",
    log: quiet,
    connection: {
      connectionString: url,
      application_name: "tock",
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: REPLY_MS,
      keepAlive: true,
    },
    pool: {
      min: pool.min,
      max: pool.max,
      acquireTimeoutMillis: pool.timeoutMs,
      idleTimeoutMillis: 30_000,
      propagateCreateError: false,
    },
  });
  Model.knex(current);
  return current;
}

/**
 * Gives `work` a single connection of its own without time limits, for migrations and other maintenance.
 * @param url as in DatabaseOptions
 */
export async function maintain<T>(url: string, work: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = knexFactory({
    client: "pg",
    log: quiet,
    connection: {
      connectionString: url,
      application_name: "tock maintenance",
      connectionTimeoutMillis: CONNECT_MS,
    },
    pool: { min: 0, max: 1 },
  });
  try {
    return await work(knex);
  } finally {
    await knex.destroy();
  }
}

/** The one Knex. @throws Error before `openDatabase` */
export function database(): Knex {
  if (!current) throw new Error("database() was called before openDatabase()");
  return current;
}

/** Waits for queries under way, then closes every connection. */
export async function closeDatabase(): Promise<void> {
  const closing = current;
  current = undefined;
  await closing?.destroy();
}
