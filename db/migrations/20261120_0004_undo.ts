import type { Knex } from "knex";

/**
 * Where a deleted task stays for as long as its deletion can be undone, and what tells a form that is sent twice from
 * two tasks with the same words. Sessions that have ended are swept by their time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("deleted_task", (table) => {
    table.bigInteger("id").primary();
    table.uuid("user_id").notNullable().references("id").inTable("user").onDelete("CASCADE").index();
    table.string("title", 200).notNullable();
    table.string("description", 1000);
    table.boolean("completed").notNullable();
    table.timestamp("created_at", { useTz: true }).notNullable();
    table.timestamp("updated_at", { useTz: true }).notNullable();
    table.timestamp("deleted_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()")).index();
  });
  await knex.schema.alterTable("task", (table) => {
    table.uuid("submission_id");
  });
  await knex.raw(
    "create unique index task_submission on task (user_id, submission_id) where submission_id is not null",
  );
  await knex.schema.alterTable("session", (table) => {
    table.index("expires_at");
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable("session", (table) => {
    table.dropIndex("expires_at");
  });
  await knex.schema.alterTable("task", (table) => {
    table.dropColumn("submission_id");
  });
  await knex.schema.dropTable("deleted_task");
}
