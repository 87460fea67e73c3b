import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { type DemoReport, seedDemoAccount } from "./demo-account.ts";
import { findSeedEmails, SEED_DOMAINS, takeEmail } from "./emails.ts";
import { createFakers, type Fakers } from "./fakers.ts";
import { generateUser } from "./generate-user.ts";
import { insertUsers, type SeedUserRow } from "./insert.ts";

export interface SeedOptions {
  /** Users to add, besides the demo account. */
  users: number;
  /** Per user. */
  tasks: number;
  /** The same number on the same contents gives the same users and tasks, with times relative to now. */
  seed: number;
  /** bcrypt's. All users share it, because a hash takes a quarter of a second. */
  passwordHash: string;
  signal: AbortSignal;
  /** Called with rows of the users × (1 + tasks) to insert. The rows of the demo account are not counted. */
  onProgress(rows: number): void;
}

export interface SeedReport {
  users: number;
  tasks: number;
  demo: DemoReport["demo"];
  /** The address of the first user that was added. */
  firstEmail: string | undefined;
}

const MAX_TRANSACTION_ROWS = 10_000;
const MAX_TRANSACTION_USERS = 1000;

/**
 * Adds generated users with their tasks, and the demo account. A transaction contains all tasks of its users, so that
 * an interruption leaves no user with a part of them.
 * @throws Error "stopped" when the signal is aborted; finished transactions stay
 */
export async function seed(knex: Knex, options: SeedOptions): Promise<SeedReport> {
  const { users, tasks, seed, onProgress, ...shared } = options;
  const taken = await findSeedEmails(knex);
  // The number of users is part of the seed: a second run adds different users.
  const fakers = createFakers(seed, taken.size);
  const insertOptions = { ...shared, tasks, onProgress, faker: fakers.neutral, now: new Date() };
  const demo = await seedDemoAccount(knex, { ...insertOptions, onProgress: () => undefined });
  const report: SeedReport = { users: 0, tasks: demo.tasks, demo: demo.demo, firstEmail: undefined };
  const batchUsers = Math.max(
    1,
    Math.min(MAX_TRANSACTION_USERS, Math.floor(MAX_TRANSACTION_ROWS / (1 + tasks))),
  );
  while (report.users < users) {
    const size = Math.min(batchUsers, users - report.users);
    const rows = Array.from({ length: size }, () => generateRow(fakers, insertOptions.now, taken));
    report.tasks += await knex.transaction((trx) => insertUsers(trx, rows, insertOptions));
    report.users += size;
    report.firstEmail ??= rows[0]?.email;
  }
  // Without fresh statistics the first pages would be planned for empty tables.
  await knex.raw('analyze "user", account, task');
  return report;
}

function generateRow(fakers: Fakers, now: Date, taken: Set<string>): SeedUserRow {
  const user = generateUser(fakers, now);
  const domain = fakers.neutral.helpers.arrayElement(SEED_DOMAINS);
  return { ...user, id: randomUUID(), email: takeEmail(user.localPart, domain, taken) };
}
