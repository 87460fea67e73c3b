import type { Knex } from "knex";

/** Adds personal access tokens. Only the digest of a token is stored. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("personal_access_token", (table) => {
    table.uuid("id").primary().defaultTo(knex.raw("gen_random_uuid()"));
    table.uuid("user_id").notNullable().index().references("id").inTable("user").onDelete("CASCADE");
    table.string("name", 100).notNullable();
    table.text("scope").notNullable();
    // SHA-256 of the whole token.
    table.binary("digest").notNullable().unique();
    table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(knex.raw("now()"));
    table.timestamp("expires_at", { useTz: true }).notNullable().index();
    // Null until it is used.
    table.timestamp("last_used_at", { useTz: true });
    table.check("scope in ('tasks:read', 'tasks:write')", [], "personal_access_token_scope_valid");
    table.check("octet_length(digest) = 32", [], "personal_access_token_digest_valid");
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable("personal_access_token");
}
