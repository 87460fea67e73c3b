import type { Knex } from "knex";

/**
 * Adds the links by which a password is reset and a new email is confirmed. Only the SHA-256 of a link's token is stored.
 * A row is deleted when its link is used.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("one_time_link", (table) => {
    table.binary("token_hash").primary();
    table.uuid("user_id").notNullable().references("id").inTable("user").onDelete("CASCADE").index();
    table.text("purpose").notNullable();
    // The address that the link was sent to; null for a link that the command line has printed.
    table.string("email", 254);
    table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()"));
    table.timestamp("expires_at", { useTz: true }).notNullable().index();
    table.check("purpose in ('password_reset', 'email_change')", [], "one_time_link_purpose");
    table.check("email is not null or purpose = 'password_reset'", [], "one_time_link_email");
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("one_time_link");
}
