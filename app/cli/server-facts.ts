import type { Knex } from "knex";

/** Returns the major version of the PostgreSQL server. */
export async function serverMajor(knex: Knex): Promise<number> {
  const { rows } = await knex.raw("select current_setting('server_version_num')::int / 10000 as major");
  return rows[0].major;
}

/** Returns the schema of Tock's tables. */
export async function currentSchema(knex: Knex): Promise<string> {
  const { rows } = await knex.raw("select current_schema() as name");
  return rows[0].name;
}
