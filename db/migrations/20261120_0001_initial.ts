import type { Knex } from "knex";

const NOW = "now()";

/**
 * White space of JavaScript and Unicode, and zero-width characters. Listed here, because PostgreSQL's character classes
 * depend on the locale.
 */
const BLANKS = [
  ..."\t\n\v\f\r \u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff",
]
  .map((blank) => `\\u${blank.charCodeAt(0).toString(16).padStart(4, "0")}`)
  .join("");
const hasSomethingIn = (column: string) => `btrim(${column}, E'${BLANKS}') <> ''`;

function timestamps(knex: Knex, table: Knex.CreateTableBuilder): void {
  table.timestamp("created_at", { useTz: true }).notNullable().defaultTo(knex.raw(NOW));
  table.timestamp("updated_at", { useTz: true }).notNullable().defaultTo(knex.raw(NOW));
}

function owner(table: Knex.CreateTableBuilder) {
  return table.uuid("user_id").notNullable().references("id").inTable("user").onDelete("CASCADE");
}

/** Creates the tables of Better Auth 1.7 in snake_case (`account.password` is `password_hash`), and the tasks. */
export async function up(knex: Knex): Promise<void> {
  const uuid = knex.raw("gen_random_uuid()");

  await knex.schema.createTable("user", (table) => {
    table.uuid("id").primary().defaultTo(uuid);
    table.string("email", 254).notNullable().unique();
    table.boolean("email_verified").notNullable().defaultTo(false);
    table.string("name", 100).notNullable();
    table.text("image");
    timestamps(knex, table);
    table.check("email = lower(email)", [], "user_email_lower_case");
    table.check(hasSomethingIn("name"), [], "user_name_not_blank");
  });

  await knex.schema.createTable("account", (table) => {
    table.uuid("id").primary().defaultTo(uuid);
    owner(table).index();
    table.text("account_id").notNullable();
    table.text("provider_id").notNullable();
    table.text("password_hash");
    table.text("access_token");
    table.text("refresh_token");
    table.text("id_token");
    table.timestamp("access_token_expires_at", { useTz: true });
    table.timestamp("refresh_token_expires_at", { useTz: true });
    table.text("scope");
    timestamps(knex, table);
    table.unique(["provider_id", "account_id"]);
  });

  await knex.schema.createTable("session", (table) => {
    table.uuid("id").primary().defaultTo(uuid);
    owner(table).index();
    table.text("token").notNullable().unique();
    table.timestamp("expires_at", { useTz: true }).notNullable();
    table.text("ip_address");
    table.text("user_agent");
    timestamps(knex, table);
  });

  await knex.schema.createTable("verification", (table) => {
    table.uuid("id").primary().defaultTo(uuid);
    table.text("identifier").notNullable().index();
    table.text("value").notNullable();
    table.timestamp("expires_at", { useTz: true }).notNullable();
    timestamps(knex, table);
  });

  await knex.schema.createTable("task", (table) => {
    table.specificType("id", "bigint generated always as identity").primary();
    owner(table);
    table.string("title", 200).notNullable();
    table.string("description", 1000);
    table.boolean("completed").notNullable().defaultTo(false);
    timestamps(knex, table);
    table.check(hasSomethingIn("title"), [], "task_title_not_blank");
  });
  // For a page of tasks, newest first, and their count: of all tasks, and of the open or completed ones. The first
  // index also serves the cascade from a deleted user.
  await knex.raw("create index task_newest on task (user_id, created_at desc, id desc)");
  await knex.raw("create index task_newest_by_state on task (user_id, completed, created_at desc, id desc)");
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ["task", "verification", "session", "account", "user"]) {
    await knex.schema.dropTable(table);
  }
}
