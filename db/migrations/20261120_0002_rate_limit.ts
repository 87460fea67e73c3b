import type { Knex } from "knex";

/** How often each key has tried within the window that ends at `expires_at`. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("rate_limit", (table) => {
    table.text("key").primary();
    table.integer("points").notNullable();
    // For the sweep of what has ended.
    table.timestamp("expires_at", { useTz: true }).notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("rate_limit");
}
