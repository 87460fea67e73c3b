import type { Knex } from "knex";
import { countRealUsers } from "#db/seed/emails.ts";
import { isLocalHost } from "../env/local-host.server.ts";
import type { CliEnv } from "../env.server.ts";
import { databaseHost } from "./database.ts";

/** Returns the reasons to take a database for production, each as a clause. */
export async function findProductionSigns(env: CliEnv, knex: Knex, databaseUrl: string): Promise<string[]> {
  const signs: string[] = [];
  // `npm start` sets NODE_ENV itself, so with the embedded database it says nothing.
  if (env.NODE_ENV === "production" && env.DATABASE_URL)
    signs.push("NODE_ENV is production and DATABASE_URL is set");
  const host = databaseHost(databaseUrl);
  if (!isLocalHost(host) && !host.startsWith("/"))
    signs.push(`the database is on ${host}, which is not this machine`);
  const realUsers = await countRealUsers(knex);
  if (realUsers === 1) signs.push("1 person has signed up with an address that no seed uses");
  if (realUsers > 1) signs.push(`${realUsers} people have signed up with addresses that no seed uses`);
  return signs;
}
