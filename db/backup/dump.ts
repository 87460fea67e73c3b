import { open, rm } from "node:fs/promises";
import type { Knex } from "knex";
import pg from "pg";
import { TOCK_TABLES } from "../tables.ts";
import { type ArchiveEntry, fileEntry } from "./archive-entries.ts";
import { assertClientVersions, libpqEnvironment, runClient, streamClient } from "./postgres-programs.ts";

/** The name of the dump in its archive. */
export const DUMP = "database.dump";

/** Owners and rights belong to the server: the restored tables belong to the role that restores them. */
const DUMP_OPTIONS = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"];

/**
 * Dumps a database with pg_dump, in one snapshot, while the application may keep writing.
 * @param options.schema the schema of the tables
 * @param options.serverMajor PostgreSQL's major version
 * @param options.temporaryFile for the dump, because an archive contains the size before the file; removed afterwards
 * @throws Error with one line if pg_dump is missing, too old, or fails
 */
export async function* dumpDatabase(options: {
  url: string;
  schema: string;
  serverMajor: number;
  temporaryFile: string;
  signal: AbortSignal;
}): AsyncGenerator<ArchiveEntry> {
  const { url, schema, serverMajor, temporaryFile, signal } = options;
  const clientMajor = await assertClientVersions(["pg_dump"], serverMajor);
  // pg_dump keeps the mode of an existing file; it would create one that other accounts can read.
  await (await open(temporaryFile, "wx", 0o600)).close();
  try {
    await runClient("pg_dump", [...DUMP_OPTIONS, `--schema="${schema}"`, `--file=${temporaryFile}`], {
      env: libpqEnvironment(url, clientMajor),
      signal,
    });
    const entry = await fileEntry(DUMP, temporaryFile);
    if (entry) yield entry;
  } finally {
    await rm(temporaryFile, { force: true });
  }
}

const TOCK_FUNCTIONS = "^(count_(deleted_)?tasks_on_[a-z]+|set_task_completed_at)$";

/* What emptySchema drops: tables and functions, and the views and foreign keys that depend on them. */
const OTHER_OBJECTS = `
  with dropped as (
    select oid, relname from pg_class
    where relnamespace = quote_ident(:schema)::regnamespace and relkind in ('r', 'p') and pg_has_role(relowner, 'usage')
      and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
  )
  select 'table ' || oid::regclass as name from dropped where not relname = any(:tables)
  union select 'view ' || ev_class::regclass
    from pg_depend join pg_rewrite on pg_rewrite.oid = objid and classid = 'pg_rewrite'::regclass
    where refclassid = 'pg_class'::regclass and refobjid in (select oid from dropped)
  union select 'function ' || oid::regprocedure from pg_proc
    where pronamespace = quote_ident(:schema)::regnamespace and pg_has_role(proowner, 'usage')
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
      and proname !~ :functions
  union select 'foreign key ' || quote_ident(conname) || ' of ' || conrelid::regclass from pg_constraint
    where contype = 'f' and confrelid in (select oid from dropped) and conrelid not in (select oid from dropped)
  order by 1`;

/**
 * Finds the tables, views, functions and foreign keys of other applications that a restore would delete.
 * @returns their kinds and names, such as `table invoice`
 */
export async function findOtherObjects(knex: Knex, schema: string): Promise<string[]> {
  const { rows } = await knex.raw(OTHER_OBJECTS, { schema, tables: TOCK_TABLES, functions: TOCK_FUNCTIONS });
  return rows.map(({ name }: { name: string }) => name);
}

/**
 * Removes what belongs to the role in a schema: `pg_restore --clean` would leave the tables of a newer schema version, and
 * fail because they refer to older ones. Members of extensions stay.
 */
const emptySchema = (schema: string) => `
  do $$ declare name text; begin
    for name in select oid::regclass from pg_class
      where relnamespace = ${schema}::regnamespace and relkind in ('r', 'p') and pg_has_role(relowner, 'usage')
        and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
    loop execute 'drop table if exists ' || name || ' cascade'; end loop;
    for name in select oid::regprocedure from pg_proc
      where pronamespace = ${schema}::regnamespace and pg_has_role(proowner, 'usage')
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    loop execute 'drop function if exists ' || name || ' cascade'; end loop;
  end $$;
`;

/** pg_restore writes only what belongs to the schema, which is nothing if the dump is of a schema with another name. */
const assertRestored = (schema: string) => `
  do $$ begin
    if not exists (select from pg_class where relname = 'knex_migrations' and relnamespace = ${schema}::regnamespace) then
      raise exception 'the archive contains no tables of the schema %', ${schema};
    end if;
  end $$;
`;

/** pg_restore 17 and later begin their script with a setting that older servers do not have. */
async function* withoutNewSettings(
  script: AsyncIterable<Buffer>,
  serverMajor: number,
): AsyncGenerator<Buffer> {
  let isFirst = serverMajor < 17;
  for await (const chunk of script) {
    yield isFirst
      ? Buffer.from(chunk.toString("latin1").replace("SET transaction_timeout = 0;", ""), "latin1")
      : chunk;
    isFirst = false;
  }
}

/**
 * Replaces the tables of a database by those of a dump, in one transaction: it has either all of it or stays as it was.
 * @param options.schema the schema of the tables, the same as in the dump
 * @throws Error with one line if pg_restore or psql is missing, too old, or fails
 */
export async function restoreDump(options: {
  url: string;
  schema: string;
  serverMajor: number;
  file: string;
  signal: AbortSignal;
}): Promise<void> {
  const { url, serverMajor, file, signal } = options;
  const clientMajor = await assertClientVersions(["pg_restore", "psql"], serverMajor);
  const schema = pg.escapeLiteral(pg.escapeIdentifier(options.schema));
  const script = streamClient(
    "pg_restore",
    [`--schema=${options.schema}`, "--file=-", "--no-owner", "--no-privileges", file],
    { signal },
  );
  async function* transaction() {
    yield `begin;\n${emptySchema(schema)}`;
    yield* withoutNewSettings(script.output, serverMajor);
    await script.ended;
    // Without the COMMIT PostgreSQL keeps what it had, so it is sent only after pg_restore has succeeded.
    yield `${assertRestored(schema)}commit;\n`;
  }
  const psql = ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"];
  await runClient("psql", psql, { env: libpqEnvironment(url, clientMajor), signal, input: transaction() });
}
