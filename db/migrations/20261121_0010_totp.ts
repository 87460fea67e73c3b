import type { Knex } from "knex";

/**
 * Adds the second factor: per user a secret for time-based codes, encrypted by the application, with the time step of the
 * code that was used last; and hashes of recovery codes, which are deleted when they are used.
 */
export async function up(knex: Knex): Promise<void> {
  const owner = (table: Knex.CreateTableBuilder) =>
    table.uuid("user_id").notNullable().references("id").inTable("user").onDelete("CASCADE");
  await knex.schema.createTable("totp", (table) => {
    owner(table).primary();
    table.binary("secret").notNullable();
    table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()"));
    // Null until the user has entered a first code.
    table.timestamp("confirmed_at", { useTz: true });
    table.bigInteger("last_step").notNullable().defaultTo(0);
  });
  await knex.schema.createTable("recovery_code", (table) => {
    owner(table);
    table.binary("code_hash").notNullable();
    table.primary(["user_id", "code_hash"]);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("recovery_code");
  await knex.schema.dropTable("totp");
}
