import type { Knex } from "knex";
import { demoUser } from "./generate-user.ts";
import {
  credentialColumns,
  type InsertOptions,
  insertTasks,
  insertUsers,
  type SeedUserRow,
} from "./insert.ts";

export const DEMO_EMAIL = "demo@example.org";
/** Distinguishes the account that a seed created from one that a person signed up for. */
const DEMO_ID = "5eedde30-0000-4000-8000-000000000001";

export interface DemoReport {
  /** "skipped": a person has signed up with the demo address. */
  demo: "created" | "refreshed" | "skipped";
  tasks: number;
}

/**
 * Creates the demo account, or resets its name, its address and all that gives access to it. Adds tasks only if it has none.
 */
export function seedDemoAccount(knex: Knex, options: InsertOptions): Promise<DemoReport> {
  const user: SeedUserRow = { ...demoUser(options.now), id: DEMO_ID, email: DEMO_EMAIL };
  return knex.transaction(async (trx): Promise<DemoReport> => {
    const found = await trx("user").where({ id: DEMO_ID }).orWhere({ email: DEMO_EMAIL }).select("id");
    if (found.some(({ id }) => id !== DEMO_ID)) return { demo: "skipped", tasks: 0 };
    if (found.length === 0) return { demo: "created", tasks: await insertUsers(trx, [user], options) };
    await refresh(trx, user, options.passwordHash);
    const [task] = await trx("task").where({ user_id: DEMO_ID }).limit(1);
    return { demo: "refreshed", tasks: task ? 0 : await insertTasks(trx, [user], options) };
  });
}

/** What a visitor may have added to the account, besides tasks: it would lock others out, or let the visitor back in. */
const ACCESS_TABLES = ["session", "personal_access_token", "one_time_link", "totp", "recovery_code"];

async function refresh(
  trx: Knex.Transaction,
  { email, name }: SeedUserRow,
  passwordHash: string,
): Promise<void> {
  const updated_at = new Date();
  await trx("user").where({ id: DEMO_ID }).update({ email, name, updated_at });
  await trx("account")
    .insert({ ...credentialColumns(DEMO_ID, passwordHash), created_at: updated_at, updated_at })
    .onConflict(["provider_id", "account_id"])
    .merge(["password_hash", "updated_at"]);
  for (const table of ACCESS_TABLES) await trx(table).where({ user_id: DEMO_ID }).delete();
}
