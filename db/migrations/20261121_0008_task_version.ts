import type { Knex } from "knex";

const TABLES = ["task", "deleted_task"];

/** Adds the version of each task: 1, and one more with each change. A deleted task keeps it. */
export async function up(knex: Knex): Promise<void> {
  for (const name of TABLES)
    await knex.schema.alterTable(name, (table) => {
      table.integer("version").notNullable().defaultTo(1);
    });
}

export async function down(knex: Knex): Promise<void> {
  for (const name of TABLES)
    await knex.schema.alterTable(name, (table) => {
      table.dropColumn("version");
    });
}
