import type { Knex } from "knex";

/**
 * Adds deleted tasks, which are kept while the deletion can be undone; the idempotency key of task submissions; and an
 * index for the removal of expired sessions.
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
