import pg from "pg";

/** Runs one statement on a test database over a new connection. @returns its rows */
// biome-ignore lint/suspicious/noExplicitAny: rows of any table
export async function queryRows(databaseUrl: string, sql: string, values: unknown[] = []): Promise<any[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client
    .query(sql, values)
    .then((result) => result.rows)
    .finally(() => client.end());
}
