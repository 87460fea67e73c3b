import type { Knex } from "knex";

/** Creates the counters of the rate limiters: requests per key in the window that ends at `expires_at`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("rate_limit", (table) => {
    table.text("key").primary();
    table.integer("points").notNullable();
    // For the removal of expired rows.
    table.timestamp("expires_at", { useTz: true }).notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("rate_limit");
}
