declare module "knex/lib/dialects/postgres/index.js" {
  import type { Knex } from "knex";

  /** Knex's PostgreSQL client with the undocumented methods that db/knex-client.ts overrides. */
  export default class PgClient extends Knex.Client {
    transacting: boolean;
    checkVersion(connection: unknown): Promise<string>;
    validateConnection(connection: unknown): boolean;
    _query(connection: unknown, statement: { sql: string }): Promise<{ response: { rows: unknown[] } }>;
  }
}
