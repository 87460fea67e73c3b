import type { DBAdapterInstance } from "better-auth/adapters";
import { query } from "#app/repositories/database-errors.server.ts";
import { database } from "#db/connection.ts";
import { knexAdapter } from "./knex-adapter.server.ts";

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Better Auth's storage in this application: the adapter over the shared Knex, with database errors told as AppErrors
 * like every other repository's, the transaction's own begin and commit included.
 */
export function identityStore(): DBAdapterInstance {
  return (options) => {
    const adapter = knexAdapter(database())(options);
    const told = Object.entries(adapter).map(([name, member]) =>
      typeof member === "function"
        ? [name, (...args: unknown[]) => query(() => (member as Method)(...args))]
        : [name, member],
    );
    return Object.fromEntries(told);
  };
}
