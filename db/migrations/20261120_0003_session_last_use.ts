import type { Knex } from "knex";

/** Adds when a session was last used, within five minutes. Existing sessions get the time of their last renewal. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("session", (table) => {
    table.timestamp("last_used_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()"));
  });
  await knex("session").update({ last_used_at: knex.ref("updated_at") });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("session", (table) => {
    table.dropColumn("last_used_at");
  });
}
