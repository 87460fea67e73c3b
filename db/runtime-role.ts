import type { Knex } from "knex";
import pg from "pg";
import { TOCK_TABLES } from "./tables.ts";

/*
 * The rights of the role that serves requests, if another role owns the tables. It reads and writes rows. It cannot
 * create, change or drop anything, so that an SQL injection could neither run programs nor remove a trigger.
 */

const { escapeIdentifier } = pg;

/** Returns the role of a connection. The user of its URL may differ from it behind a pooler. */
export async function currentRole(knex: Knex): Promise<string> {
  const { rows } = await knex.raw("select current_user as role");
  return rows[0].role;
}

interface OwnedRelation {
  name: string;
  kind: "table" | "sequence" | "history";
}

/** The relations of the schema that belong to the current role, and on which another role has not its exact rights. */
const MISSING_RIGHTS = `
  with owned as (
    select oid, relname as name, case
      when relkind = 'S' then 'sequence' when relname like 'knex\\_migrations%' then 'history' else 'table'
    end as kind
    from pg_class
    where relkind in ('r', 'p', 'S') and pg_get_userbyid(relowner) = current_user
      and relnamespace = (select oid from pg_namespace where nspname = current_schema())
  )
  select name, kind from owned cross join (values (cast(? as name))) as runtime (role)
  where case kind
    when 'sequence' then not has_sequence_privilege(role, oid, 'USAGE')
    when 'history' then not has_table_privilege(role, oid, 'SELECT')
      or (role <> current_user and has_table_privilege(role, oid, 'INSERT, UPDATE, DELETE'))
    else not (has_table_privilege(role, oid, 'SELECT') and has_table_privilege(role, oid, 'INSERT')
      and has_table_privilege(role, oid, 'UPDATE') and has_table_privilege(role, oid, 'DELETE'))
  end
  order by name`;

/** The statements that give a role its rights on one relation. The history of migrations can only be read. */
const GRANTS: Record<OwnedRelation["kind"], (relation: string, role: string) => string[]> = {
  table: (table, role) => [`grant select, insert, update, delete on ${table} to ${role}`],
  sequence: (sequence, role) => [`grant usage on sequence ${sequence} to ${role}`],
  history: (table, role) => [
    `revoke insert, update, delete on ${table} from ${role}`,
    `grant select on ${table} to ${role}`,
  ],
};

/**
 * Gives a role the rights that the application needs, on the relations that the current role owns and on those that it
 * will create. Changes nothing if it has them: each grant would make all connections plan their statements again.
 * @param owner a transaction that excludes concurrent calls: PostgreSQL rejects one of two concurrent grants
 * @param role the role that serves requests
 */
export async function grantRuntimeRights(owner: Knex.Transaction, role: string): Promise<void> {
  const { rows } = await owner.raw<{ rows: OwnedRelation[] }>(MISSING_RIGHTS, [role]);
  const grantee = escapeIdentifier(role);
  for (const { name, kind } of rows)
    for (const statement of GRANTS[kind](escapeIdentifier(name), grantee)) await owner.raw(statement);
  const { rows: schemas } = await owner.raw(
    "select current_schema() as name, has_schema_privilege(?::name, current_schema(), 'USAGE') as has_usage",
    [role],
  );
  const schema = escapeIdentifier(schemas[0].name);
  if (!schemas[0].has_usage) await owner.raw(`grant usage on schema ${schema} to ${grantee}`);
  const defaults = `alter default privileges in schema ${schema} grant`;
  await owner.raw(`${defaults} select, insert, update, delete on tables to ${grantee}`);
  await owner.raw(`${defaults} usage on sequences to ${grantee}`);
}

/** The tables whose rows a role cannot read and write, and its rights beyond those of `grantRuntimeRights`, in words. */
const RIGHTS = `
  select to_regclass('task') is not null as finds_tables, array(
    select relname::text from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relname = any(:tables)
      and relname not like 'knex\\_migrations%' and not (
        has_table_privilege(oid, 'SELECT') and has_table_privilege(oid, 'INSERT')
        and has_table_privilege(oid, 'UPDATE') and has_table_privilege(oid, 'DELETE')
      )
    order by relname
  ) as closed_tables, array_remove(array[
    case when rolsuper then 'is a superuser' end,
    case when rolcreaterole then 'creates roles' end,
    case when has_schema_privilege(current_schema(), 'CREATE') then 'creates tables' end,
    case when exists (
      select from pg_class where relnamespace = (select oid from pg_namespace where nspname = current_schema())
        and relkind in ('r', 'p') and pg_has_role(relowner, 'MEMBER')
    ) then 'owns tables' end
  ], null) as excess, rolname as name
  from pg_roles where rolname = current_user`;

interface RuntimeRole {
  name: string;
  findsTables: boolean;
  /** The tables whose rows it may not read or write. */
  closedTables: string[];
  /** What it could do that the application does not need. */
  excessRights: string[];
}

/** Examines the role of a connection that serves requests, after a migration. */
export async function inspectRuntimeRole(runtime: Knex): Promise<RuntimeRole> {
  const { rows } = await runtime.raw(RIGHTS, { tables: TOCK_TABLES });
  const { name, finds_tables, closed_tables, excess } = rows[0];
  return { name, findsTables: finds_tables, closedTables: closed_tables, excessRights: excess };
}
