import type { Knex } from "knex";
import { withMaintenanceConnection } from "#db/connection.ts";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { classifyDatabaseError } from "#db/errors.ts";
import type { Log } from "#db/log.ts";
import type { CliEnv } from "../env.server.ts";
import { errorLine } from "./error-line.ts";
import { printError } from "./output.ts";

/** What a command works with. */
export interface CommandContext {
  env: CliEnv;
  /** A single connection without time limits. */
  knex: Knex;
  /** The PostgreSQL URL of `knex`. */
  databaseUrl: string;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
}

export type Command = (context: CommandContext) => Promise<void>;

const embeddedLog: Log = {
  info: () => undefined,
  warn: (_, message) => printError(message),
  error: (_, message) => printError(message),
};

/**
 * Runs a command against DATABASE_URL, or against the embedded database of DATA_DIR, which is started if it does not run.
 * @throws Error with one line if the database cannot be used; the command's own errors otherwise
 */
export async function runWithDatabase(command: Command, env: CliEnv, signal: AbortSignal): Promise<void> {
  const embedded = env.DATABASE_URL
    ? undefined
    : await attachOrStartEmbedded({ dataDir: env.DATA_DIR, log: embeddedLog });
  const databaseUrl = env.DATABASE_URL ?? embedded?.url ?? "";
  try {
    signal.throwIfAborted();
    await withMaintenanceConnection(databaseUrl, (knex) => command({ env, knex, databaseUrl, signal }));
  } catch (error) {
    if (classifyDatabaseError(error).kind !== "unavailable") throw error;
    throw new Error(`the database on ${databaseHost(databaseUrl)} cannot be used: ${errorLine(error)}`, {
      cause: error,
    });
  } finally {
    await embedded?.stop();
  }
}

/** Returns the host of a PostgreSQL URL, or the folder of its Unix socket. */
export function databaseHost(databaseUrl: string): string {
  const { hostname, searchParams } = new URL(databaseUrl);
  return hostname || (searchParams.get("host") ?? "localhost");
}
