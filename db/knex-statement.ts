/** The result of compiling a Knex builder. */
export interface Statement {
  sql: string;
  bindings?: unknown[];
  method?: string;
  options?: { name?: string };
}

/** A frequent statement. PostgreSQL parses and plans it once per connection. */
export interface PreparedStatement {
  /** Unique to this text. */
  name: string;
  /** With placeholders `$1`, `$2`, …. */
  sql: string;
  /** Whether it changes nothing, so that it may be repeated after a broken connection. */
  readOnly: boolean;
}

/** The result of a query. */
export interface QueryResult {
  response: { rows: unknown[] };
}

export interface Builder {
  toSQL(): Statement | Statement[];
}

const READ_METHODS = new Set(["select", "first", "pluck"]);

/** Returns true for a query that neither changes nor locks rows. */
export function isReadOnly(builder: Builder): boolean {
  const statement = builder.toSQL();
  if (Array.isArray(statement)) return false;
  return READ_METHODS.has(statement.method ?? "") && !/\bfor (update|share)\b/i.test(statement.sql);
}
