/** What Knex compiles a builder to. */
export interface Statement {
  sql: string;
  method?: string;
  /** `reads` marks a raw statement that changes nothing. */
  options?: { name?: string; reads?: boolean };
}

export interface Builder {
  toSQL(): Statement | Statement[];
}

const READ_METHODS = new Set(["select", "first", "pluck"]);

/** Returns true for a query that neither changes nor locks rows. */
export function isReadOnly(builder: Builder): boolean {
  const statement = builder.toSQL();
  if (Array.isArray(statement)) return false;
  if (statement.options?.reads) return true;
  return READ_METHODS.has(statement.method ?? "") && !/\bfor (update|share)\b/i.test(statement.sql);
}
