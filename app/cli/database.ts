import type { Knex } from "knex";
import { connectAdvice } from "#db/connect-advice.ts";
import { withMaintenanceConnection } from "#db/connection.ts";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { classifyDatabaseError } from "#db/errors.ts";
import type { Log } from "#db/log.ts";
import { currentRole } from "#db/runtime-role.ts";
import type { CliEnv } from "../env.server.ts";
import { errorLine } from "./error-line.ts";
import { printError } from "./output.ts";

/** The configuration and the database of a command. */
export interface CommandContext {
  env: CliEnv;
  /** A single connection without time limits. */
  knex: Knex;
  /** The PostgreSQL URL of `knex`. */
  databaseUrl: string;
  /** The folder of the embedded database; undefined for another one. */
  dataFolder: string | undefined;
  /** The role that serves requests, if it is not the one of `knex`. */
  runtimeRole: string | undefined;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
}

export type Command = (context: CommandContext) => Promise<void>;

/** The log of the embedded database on a command line. */
export const embeddedLog: Log = {
  info: () => undefined,
  warn: (_, message) => printError(message),
  error: (_, message) => printError(message),
};

/** The embedded database needs no name: its tables get rights for that role when they are created. */
async function findRuntimeRole({
  DATABASE_URL,
  MIGRATION_DATABASE_URL,
}: CliEnv): Promise<string | undefined> {
  if (!DATABASE_URL || !MIGRATION_DATABASE_URL) return undefined;
  const connecting = withMaintenanceConnection(DATABASE_URL, currentRole);
  return explainingDatabase("DATABASE_URL", DATABASE_URL, connecting);
}

/**
 * Explains a failure to use a database.
 * @param name the variable of the URL; undefined for the embedded database
 * @throws Error with one line that names the variable and its host if the database is unavailable
 */
export async function explainingDatabase<T>(
  name: string | undefined,
  databaseUrl: string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (classifyDatabaseError(error).kind !== "unavailable") throw error;
    const database = name ? `${name}: the database on ${databaseHost(databaseUrl)}` : "the embedded database";
    const advice = connectAdvice(error);
    const reason = `${database} cannot be used: ${errorLine(error)}`;
    throw new Error(advice ? `${reason}. ${advice}` : reason, { cause: error });
  }
}

/**
 * Runs a command against MIGRATION_DATABASE_URL, else DATABASE_URL, else the embedded database of DATA_DIR, which is
 * started if it does not run.
 * @throws Error with one line if the database cannot be used; the command's own errors otherwise
 */
export async function runWithDatabase(command: Command, env: CliEnv, signal: AbortSignal): Promise<void> {
  const embedded = env.DATABASE_URL
    ? undefined
    : await attachOrStartEmbedded({ dataDir: env.DATA_DIR, log: embeddedLog });
  const databaseUrl = env.MIGRATION_DATABASE_URL ?? env.DATABASE_URL ?? embedded?.url ?? "";
  const name = embedded ? undefined : env.MIGRATION_DATABASE_URL ? "MIGRATION_DATABASE_URL" : "DATABASE_URL";
  try {
    signal.throwIfAborted();
    const runtimeRole = await findRuntimeRole(env);
    const running = withMaintenanceConnection(databaseUrl, (knex) =>
      command({ env, knex, databaseUrl, dataFolder: embedded?.dataFolder, runtimeRole, signal }),
    );
    await explainingDatabase(name, databaseUrl, running);
  } finally {
    await embedded?.stop();
  }
}

/** Returns the host of a PostgreSQL URL, or the folder of its Unix socket. */
export function databaseHost(databaseUrl: string): string {
  const { hostname, searchParams } = new URL(databaseUrl);
  return hostname || (searchParams.get("host") ?? "localhost");
}
