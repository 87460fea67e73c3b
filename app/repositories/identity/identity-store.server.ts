import type { DBAdapterInstance } from "better-auth/adapters";
import { query } from "#app/repositories/database-errors.server.ts";
import { database, withTransaction } from "#db/connection.ts";
import { knexAdapter } from "./knex-adapter.server.ts";

type Method = (...args: unknown[]) => Promise<unknown>;

/** The adapter over the shared Knex, with database errors (those of begin and commit included) as AppErrors. */
export function identityStore(): DBAdapterInstance {
  return (options) => {
    const adapter = knexAdapter(database(), {}, withTransaction)(options);
    const members = Object.entries(adapter).map(([name, member]) =>
      typeof member === "function"
        ? [name, (...args: unknown[]) => query(() => (member as Method)(...args))]
        : [name, member],
    );
    return Object.fromEntries(members);
  };
}
