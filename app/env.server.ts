import cluster from "node:cluster";
import type { z } from "zod";
import { EnvError } from "./env/env-error.server.ts";
import { readEnvFile } from "./env/env-file.server.ts";
import { assertMailSettings } from "./env/mail-schemas.server.ts";
import { requireSecrets, type Secrets } from "./env/required-secrets.server.ts";
import { cliEnvSchema, envSchema } from "./env/schema.server.ts";
import { parseSpaceSecrets } from "./env/space-secrets.server.ts";

/** The configuration of the web server. Every secret is present. */
export type Env = WebEnv & Secrets;
/** The configuration of the web server, in which secrets may be missing. */
export type WebEnv = z.output<typeof envSchema>;
/** The configuration of the command line, without the secrets of the web server. */
export type CliEnv = z.output<typeof cliEnvSchema>;

type Source = Record<string, string | undefined>;

/**
 * Parses the environment of the web server. With the embedded database, missing secrets are generated and stored.
 * @param source variables by name; an empty value counts as absent
 * @throws EnvError
 */
export function parseEnv(source: Source): Env {
  const parsed = parseWebEnv(source);
  return Object.freeze({ ...parsed, ...requireSecrets(parsed) });
}

function parseWebEnv(source: Source): WebEnv {
  const parsed = parse(envSchema, source);
  assertRuntimeUrl(parsed);
  assertMailSettings(parsed);
  if (parsed.DB_POOL_MIN > parsed.DB_POOL_MAX)
    throw new EnvError("DB_POOL_MIN: must not be greater than DB_POOL_MAX.");
  if (parsed.DB_POOL_MAX < parsed.WEB_CONCURRENCY)
    throw new EnvError(
      "DB_POOL_MAX: must be at least WEB_CONCURRENCY, because each web process needs a connection.",
    );
  return parsed;
}

/**
 * Parses the environment of the command line. Variables that only the web server needs may be missing or invalid.
 * @param source variables by name; an empty value counts as absent
 * @throws EnvError
 */
export function parseCliEnv(source: Source): CliEnv {
  const parsed = parse(cliEnvSchema, source);
  assertRuntimeUrl(parsed);
  return Object.freeze(parsed);
}

function parse<Schema extends z.ZodType>(schema: Schema, source: Source): z.output<Schema> {
  const parsed = schema.safeParse({
    ...parseSpaceSecrets(source.HF_SPACE_SECRETS),
    ...withoutEmpty(source),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new EnvError(`${String(issue?.path[0] ?? "environment")}: ${issue?.message ?? "is invalid"}.`);
}

/** Without DATABASE_URL the embedded database is used, whose owner is known. */
function assertRuntimeUrl({
  DATABASE_URL,
  MIGRATION_DATABASE_URL,
}: Pick<CliEnv, "DATABASE_URL" | "MIGRATION_DATABASE_URL">): void {
  if (MIGRATION_DATABASE_URL && !DATABASE_URL)
    throw new EnvError(
      "MIGRATION_DATABASE_URL: needs DATABASE_URL, the same database for the role that serves requests.",
    );
}

const withoutEmpty = (source: Source) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));

let current: Env | undefined;

/**
 * Returns the environment of this process, read once: process.env, whose variables take precedence over those of a `.env`
 * file in the working directory unless they are empty.
 * @throws EnvError on the first call, if it is invalid
 */
export function env(): Env {
  current ??= parseEnv(readSource());
  return current;
}

/** Returns the number of processes that divide the limits of this instance: 1 without workers, and for the command line. */
export const webProcesses = (): number => (cluster.isWorker ? env().WEB_CONCURRENCY : 1);

/** Returns this process's share of a limit of the instance, rounded down, at least `minimum`. */
export const shareOfLimit = (limit: number, minimum = 1): number =>
  Math.max(minimum, Math.floor(limit / webProcesses()));

/**
 * Returns the environment of a command-line process, from the same sources as `env()`.
 * @throws EnvError
 */
export function cliEnv(): CliEnv {
  return parseCliEnv(readSource());
}

/**
 * Returns the environment of the web server for a command. Demands and generates no secrets.
 * @throws EnvError
 */
export const webEnv = (): WebEnv => parseWebEnv(readSource());

/** The value of HF_SPACE_SECRETS without the right to change the schema. */
export function spaceSecretsForWorkers(): string {
  const { MIGRATION_DATABASE_URL: _, ...secrets } = parseSpaceSecrets(readSource().HF_SPACE_SECRETS);
  return JSON.stringify(secrets);
}

/**
 * Returns process.env, with the variables of `.env` in place of those that are missing or empty. A worker inherits them
 * from the primary, and reads no file: the primary sets variables to the empty text that a worker must not have.
 */
function readSource(): Source {
  const variables = cluster.isWorker ? {} : readEnvFile(".env");
  for (const [name, value] of Object.entries(variables)) process.env[name] ||= value;
  return process.env;
}
