/** The host name of Neon's pooled endpoint contains "-pooler". */
const isNeonPooler = (url: string): boolean => new URL(url).hostname.includes("-pooler.");

/** Returns whether the connections of a database URL go through PgBouncer in transaction mode. @param configured DB_PGBOUNCER */
export const usesPgBouncer = (url: string, configured: boolean | undefined): boolean =>
  configured ?? isNeonPooler(url);
