import type { SimpleFaker } from "@faker-js/faker";
import type { Knex } from "knex";
import { generateTask, type SeedTask } from "./generate-task.ts";
import type { SeedUser } from "./generate-user.ts";

/** A generated user with the columns that make it a row. */
export interface SeedUserRow extends SeedUser {
  id: string;
  email: string;
}

export interface InsertOptions {
  faker: SimpleFaker;
  now: Date;
  /** Per user. */
  tasks: number;
  passwordHash: string;
  signal: AbortSignal;
  onProgress(rows: number): void;
}

type TaskRow = SeedTask & { user_id: string };

const BATCH_ROWS = 1000;

/** Returns the columns of Better Auth's row for an e-mail and password account. Its account_id is the user's id. */
export function credentialColumns(userId: string, passwordHash: string) {
  return { user_id: userId, account_id: userId, provider_id: "credential", password_hash: passwordHash };
}

function assertNotStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new Error("stopped; finished batches are kept", { cause: signal.reason });
}

/** Inserts users with their accounts and tasks. @returns the number of tasks */
export async function insertUsers(
  trx: Knex.Transaction,
  users: SeedUserRow[],
  options: InsertOptions,
): Promise<number> {
  assertNotStopped(options.signal);
  const times = ({ joinedAt }: SeedUser) => ({ created_at: joinedAt, updated_at: joinedAt });
  await trx("user").insert(
    users.map((user) => ({ id: user.id, email: user.email, name: user.name, ...times(user) })),
  );
  await trx("account").insert(
    users.map((user) => ({ ...credentialColumns(user.id, options.passwordHash), ...times(user) })),
  );
  options.onProgress(users.length);
  return insertTasks(trx, users, options);
}

/** Inserts tasks for users that exist. @returns their number */
export async function insertTasks(
  trx: Knex.Transaction,
  users: SeedUserRow[],
  { faker, now, tasks, signal, onProgress }: InsertOptions,
): Promise<number> {
  let batch: TaskRow[] = [];
  const flush = async () => {
    assertNotStopped(signal);
    await insertBatch(trx, batch);
    onProgress(batch.length);
    batch = [];
  };
  // PostgreSQL plans the foreign-key check of user_id once per connection. With few users it would choose a sequential
  // scan, and keep it when there are thousands.
  await trx.raw("set local enable_seqscan = off");
  for (const user of users) {
    for (let index = 0; index < tasks; index++) {
      const position = (index + faker.number.float()) / tasks;
      batch.push({ user_id: user.id, ...generateTask(faker, user, position, now) });
      if (batch.length === BATCH_ROWS) await flush();
    }
  }
  if (batch.length > 0) await flush();
  return users.length * tasks;
}

/** Sends all rows as one JSON value: building and planning thousands of bindings takes longer than the insert. */
async function insertBatch(trx: Knex.Transaction, rows: TaskRow[]): Promise<void> {
  await trx.raw(
    `insert into task (user_id, title, description, completed, completed_at, created_at, updated_at)
     select * from json_to_recordset(?::json) as one (user_id uuid, title text, description text,
       completed boolean, completed_at timestamptz, created_at timestamptz, updated_at timestamptz)`,
    [JSON.stringify(rows)],
  );
}
