import fc from "fast-check";
import knexFactory from "knex";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as taskCount from "#db/migrations/20261121_0005_task_count.ts";
import * as trash from "#db/migrations/20261121_0007_trash.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
let users: string[];
const query = (sql: string, values: unknown[] = []) => queryRows(database.url, sql, values);

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await query(`delete from "user"`);
  const rows = await query(
    `insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 3) n returning id`,
  );
  users = rows.map(({ id }) => id);
});

const add = (userId: string | undefined, tasks: number) =>
  query(
    "insert into task (user_id, title, completed) select $1, 't', n % 3 = 0 from generate_series(1, $2) n",
    [userId, tasks],
  );

const moveToTrash = (where: string) =>
  `with gone as (delete from task ${where} returning *)
   insert into deleted_task (id, user_id, title, description, completed, created_at, updated_at)
   select id, user_id, title, description, completed, created_at, updated_at from gone`;

/** Expects the counters to agree with the tasks. Users without tasks may have a counter of 0. */
async function expectExactCounters(url = database.url): Promise<void> {
  const differences = await queryRows(
    url,
    `select counted.*, gone.*, kept.* from (
       select user_id, count(*) as total, count(*) filter (where completed) as completed from task group by user_id
     ) counted full join task_count kept using (user_id)
     full join (select user_id, count(*) as deleted from deleted_task group by user_id) gone using (user_id)
     where coalesce(counted.total, 0) <> coalesce(kept.total, 0)
       or coalesce(counted.completed, 0) <> coalesce(kept.completed, 0)
       or coalesce(gone.deleted, 0) <> coalesce(kept.deleted, 0)`,
  );
  expect(differences).toEqual([]);
}

describe("the counters of tasks", () => {
  it("agree with the tasks after any statements that insert, change and delete several tasks of several users", async () => {
    const part = fc.record({ divisor: fc.integer({ min: 1, max: 4 }), user: fc.nat({ max: 3 }) });
    const statement = fc.oneof(
      fc.record({ kind: fc.constant("insert"), tasks: fc.nat({ max: 9 }), user: fc.nat({ max: 2 }) }),
      fc.record({ kind: fc.constantFrom("toggle", "complete", "rename", "delete", "trash", "erase"), part }),
    );
    const run = {
      toggle: "update task set completed = not completed",
      complete: "update task set completed = true",
      rename: "update task set title = 'renamed'",
      delete: "delete from task",
      erase: "delete from deleted_task",
    };
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { maxLength: 8 }), async (statements) => {
        for (const one of statements) {
          if ("tasks" in one) {
            await add(users[one.user], one.tasks);
            continue;
          }
          const where = "where id % $1 = 0 and ($2::uuid is null or user_id = $2)";
          const sql =
            one.kind === "trash" ? moveToTrash(where) : `${run[one.kind as keyof typeof run]} ${where}`;
          await query(sql, [one.part.divisor, users[one.part.user] ?? null]);
        }
        await expectExactCounters();
      }),
      { numRuns: 25 },
    );
  });

  it("agree with the tasks after concurrent statements of one user, none of which deadlocks", async () => {
    const [user] = users;
    await add(user, 40);
    const tasks = await query("select id from task order by id");
    const statements = tasks.map(({ id }, n) => {
      if (n % 3 === 0) return query("delete from task where id = $1", [id]);
      if (n % 3 === 1) return query(moveToTrash("where id = $1"), [id]);
      return query("update task set completed = not completed where id = $1", [id]);
    });
    await Promise.all([...statements, ...Array.from({ length: 20 }, () => add(user, 3))]);
    await expectExactCounters();
  });

  it("stay as they are when a statement is rolled back", async () => {
    await add(users[0], 5);
    const bad = "insert into task (user_id, title) values ($1, 'fine'), ($1, ' ')";
    await expect(query(bad, [users[0]])).rejects.toMatchObject({ code: "23514" });
    await expectExactCounters();
  });

  it("disappear with their users, several at once too", async () => {
    for (const user of users) await add(user, 20);
    await query(moveToTrash("where id % 4 = 0"));
    await query(`delete from "user" where id = any($1)`, [users.slice(0, 2)]);
    await expectExactCounters();
    expect((await query("select user_id from task_count")).map(({ user_id }) => user_id)).toEqual([users[2]]);
  });

  it("are empty after a truncation", async () => {
    for (const user of users) await add(user, 4);
    await query(moveToTrash("where id % 2 = 0"));
    await query("truncate task");
    await expectExactCounters();
    await query("truncate deleted_task");
    await expectExactCounters();
    await add(users[0], 2);
    await expectExactCounters();
  });
});

describe("the migrations 0005 and 0007", () => {
  it("count the tasks that exist, deleted ones too, and their reversal leaves the tasks and no trigger", async () => {
    const other = await createTestDatabase();
    const knex = knexFactory({ client: "pg", connection: other.url });
    try {
      await migrateToLatest(knex);
      await knex.transaction(async (trx) => {
        await trash.down(trx);
        await taskCount.down(trx);
      });
      const insert = `with u as (insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 4) n returning id)
        insert into task (user_id, title, completed) select id, 't', n % 3 = 0 from u, generate_series(1, 10) n`;
      await knex.raw(insert);
      await knex.raw(moveToTrash("where id % 5 = 0"));
      await knex.transaction(async (trx) => {
        await taskCount.up(trx);
        await trash.up(trx);
      });
      expect(await queryRows(other.url, "select total, deleted from task_count")).toEqual(
        Array(4).fill({ total: 8, deleted: 2 }),
      );
      await expectExactCounters(other.url);
      await knex.raw("update task set completed = true");
      await expectExactCounters(other.url);
    } finally {
      await knex.destroy();
      await other.drop();
    }
  });
});
