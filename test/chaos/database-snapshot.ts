import type pg from "pg";

/** Columns that any request with a session may change. */
const USAGE_COLUMNS = "'last_used_at', 'ip_address', 'user_agent', 'updated_at', 'expires_at'";

const checksum = (table: string, row: string, condition: string) =>
  `(select count(*) || ' ' || coalesce(md5(string_agg(${row}, ',' order by ${row})), '') from "${table}" r where ${condition})`;

const snapshotSql = (relation: "=" | "<>") => `
  select ${checksum("task", "to_jsonb(r)::text", `user_id ${relation} $1`)} as tasks,
    ${checksum("deleted_task", "to_jsonb(r)::text", `user_id ${relation} $1`)} as trash,
    ${checksum("user", "to_jsonb(r)::text", `id ${relation} $1`)} as users,
    ${checksum("account", "to_jsonb(r)::text", `user_id ${relation} $1`)} as accounts,
    ${checksum("session", `(to_jsonb(r) - array[${USAGE_COLUMNS}])::text`, `user_id ${relation} $1`)} as sessions`;

/** @returns text that changes with any row of this user (`own`) and of all others (`foreign`) */
export async function takeSnapshot(database: pg.Client, userId: string) {
  const read = async (relation: "=" | "<>") =>
    JSON.stringify((await database.query(snapshotSql(relation), [userId])).rows[0]);
  return { own: await read("="), foreign: await read("<>") };
}

export async function countTasks(database: pg.Client, userId: string): Promise<number> {
  const { rows } = await database.query("select count(*) from task where user_id = $1", [userId]);
  return Number(rows[0].count);
}
