import type { Knex } from "knex";

/**
 * Creates the idempotency keys of new tasks. A row is inserted by the statement that inserts its task. `key` and
 * `fingerprint` are digests.
 *
 * From this release on, task.submission_id and its index are not written any more. The release after the next one may
 * drop them: the previous release, which writes them, must work on the schema until then.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("idempotency_key", (table) => {
    table.uuid("user_id").notNullable().references("id").inTable("user").onDelete("CASCADE");
    table.uuid("key").notNullable();
    table.uuid("fingerprint").notNullable();
    table.bigInteger("task_id").notNullable();
    // Also the time of the task.
    table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()")).index();
    table.primary(["user_id", "key"]);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("idempotency_key");
}
