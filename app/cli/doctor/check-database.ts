import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Knex } from "knex";
import { connectAdvice } from "#db/connect-advice.ts";
import { withRequestConnection } from "#db/connection.ts";
import {
  findAppliedMigrations,
  findEncodingProblem,
  findPendingMigrations,
  unknownAmong,
} from "#db/migrations/index.ts";
import { inspectRuntimeRole } from "#db/runtime-role.ts";
import { usesPgBouncer } from "../../env/pgbouncer.server.ts";
import type { CliEnv } from "../../env.server.ts";
import { type CommandContext, databaseHost, explainingDatabase, runWithDatabase } from "../database.ts";
import { errorLine } from "../error-line.ts";
import { serverMajor } from "../server-facts.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const TOPIC = "database";
const MIN_MAJOR = 15;
const MAX_MAJOR = 18;
/** Sessions and codes of authenticator apps tolerate no more. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * Checks connection, version, encoding, clock, schema and role. Starts the embedded database if it is not running.
 * @param pgbouncer DB_PGBOUNCER
 */
export async function checkDatabase(
  env: CliEnv,
  pgbouncer: boolean | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (!env.DATABASE_URL && !existsSync(join(env.DATA_DIR, "postgres.password")))
    return [
      note(TOPIC, `the embedded database in ${env.DATA_DIR} does not exist yet: the first start creates it`),
    ];
  const findings: Finding[] = [];
  try {
    await runWithDatabase(
      async (context) => {
        findings.push(
          await checkServer(context),
          await checkClock(context.knex),
          await checkMigrations(context.knex),
        );
        findings.push(...(await checkRole(env, pgbouncer)));
      },
      env,
      signal,
    );
  } catch (error) {
    const variables = env.MIGRATION_DATABASE_URL ? "DATABASE_URL or MIGRATION_DATABASE_URL" : "DATABASE_URL";
    // errorLine has the advice for a known reason.
    const isGeneral = env.DATABASE_URL && !connectAdvice(error);
    const advice = isGeneral ? `. Start the server, or correct ${variables}` : "";
    findings.push(problem(TOPIC, errorLine(error) + advice));
  }
  return findings;
}

async function checkServer({ knex, databaseUrl }: CommandContext): Promise<Finding> {
  const major = await serverMajor(knex);
  const startedAt = performance.now();
  await knex.raw("select 1");
  const milliseconds = (performance.now() - startedAt).toFixed(1);
  const server = `PostgreSQL ${major} on ${databaseHost(databaseUrl)}`;
  if (major < MIN_MAJOR || major > MAX_MAJOR)
    return problem(TOPIC, `${server} is not supported: use PostgreSQL ${MIN_MAJOR} to ${MAX_MAJOR}`);
  const encodingProblem = await findEncodingProblem(knex);
  if (encodingProblem) return problem(TOPIC, encodingProblem);
  return ok(TOPIC, `${server} answers within ${milliseconds} ms`);
}

async function checkClock(knex: Knex): Promise<Finding> {
  const before = Date.now();
  const { rows } = await knex.raw("select extract(epoch from clock_timestamp())::float8 * 1000 as now");
  const differenceMs = Math.round(rows[0].now - (before + Date.now()) / 2);
  const seconds = (Math.abs(differenceMs) / 1000).toFixed(1);
  if (Math.abs(differenceMs) <= CLOCK_TOLERANCE_MS)
    return ok("clock", `${seconds} s from the clock of the database`);
  const direction = differenceMs > 0 ? "behind" : "ahead of";
  return problem(
    "clock",
    `this machine is ${seconds} s ${direction} the database: synchronize both clocks by NTP`,
  );
}

async function checkMigrations(knex: Knex): Promise<Finding> {
  const applied = await findAppliedMigrations(knex);
  const [pending, unknown] = [await findPendingMigrations(knex), unknownAmong(applied)];
  if (unknown.length > 0)
    return note(
      "migrations",
      `the schema is newer than this build, which does not know ${unknown.join(", ")}: update Tock soon`,
    );
  if (pending.length > 0)
    return problem(
      "migrations",
      `${pending.join(", ")} not applied: start Tock or run npm run db:migrate (tock migrate)`,
    );
  return ok("migrations", `all ${applied.length} are applied`);
}

async function checkRole(
  { DATABASE_URL, MIGRATION_DATABASE_URL }: CliEnv,
  pgbouncer: boolean | undefined,
): Promise<Finding[]> {
  // Each start recreates the role of the embedded database.
  if (!DATABASE_URL) return [];
  const target = { url: DATABASE_URL, pgbouncer: usesPgBouncer(DATABASE_URL, pgbouncer) };
  const { findsTables, closedTables, excessRights } = await explainingDatabase(
    "DATABASE_URL",
    DATABASE_URL,
    withRequestConnection(target, inspectRuntimeRole),
  );
  if (!findsTables) {
    const advice = MIGRATION_DATABASE_URL
      ? "it must lead to the database and schema of MIGRATION_DATABASE_URL"
      : "start Tock or run npm run db:migrate (tock migrate), which creates them, or correct DATABASE_URL";
    return [problem("role", `the role of DATABASE_URL finds no tables: ${advice}`)];
  }
  if (closedTables.length > 0) {
    const denied = `the role of DATABASE_URL may not read and write ${closedTables.join(", ")}`;
    return [
      problem(
        "role",
        `${denied}: set MIGRATION_DATABASE_URL to the role that owns the tables, and start Tock`,
      ),
    ];
  }
  if (excessRights.length === 0) return [ok("role", "the role of DATABASE_URL only reads and writes rows")];
  const excess = `the role of DATABASE_URL ${excessRights.join(", ")}`;
  if (MIGRATION_DATABASE_URL)
    return [problem("role", `${excess}: give it no more rights than those on rows`)];
  return [
    note(
      "role",
      `${excess}: to separate the roles, see "Roles of the database" in docs/operations/database.md`,
    ),
  ];
}
