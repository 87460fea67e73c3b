import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countCharacters } from "#app/rules/text-rules.ts";
import { newTaskSchema, type Task } from "#app/schemas/task.ts";
import { createTask, getTaskDashboard, getTaskPageJson } from "#app/services/tasks.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, openTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  openTestDatabase(database.url);
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

/** Somebody with these tasks; many share their instant, as tasks made by a script do. */
async function owner(tasks: { minute: number; done: boolean }[]): Promise<string> {
  const sql = `with u as (insert into "user" (email, name) values (gen_random_uuid() || '@example.org', 'U') returning id),
    t as (insert into task (user_id, title, completed, created_at)
      select u.id, 't', done, timestamptz '2026-01-01 00:00+00' + minute * interval '1 minute'
      from u, unnest($1::int[], $2::bool[]) as given (minute, done))
    select id from u`;
  const [user] = await queryRows(database.url, sql, [
    tasks.map((task) => task.minute),
    tasks.map((task) => task.done),
  ]);
  return user.id;
}

describe("for any number of tasks, any limit and either filter", () => {
  it("there are ceil(total / limit) pages, every task is on exactly one, and the newest come first", async () => {
    const task = fc.record({ minute: fc.nat({ max: 4 }), done: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(task, { maxLength: 40 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom(undefined, true, false),
        async (tasks, limit, completed) => {
          const id = await owner(tasks);
          const filter = completed === undefined ? {} : { completed };
          const total = tasks.filter((one) => completed === undefined || one.done === completed).length;
          const pages = Math.ceil(total / limit);
          const seen: Task[] = [];
          for (let page = 1; page <= pages + 1; page += 1) {
            const { data, pagination } = JSON.parse(await getTaskPageJson(id, { page, limit, ...filter }));
            expect(pagination).toEqual({ page, limit, total, pages });
            expect(data.length).toBe(page < pages ? limit : page === pages ? total - (pages - 1) * limit : 0);
            seen.push(...data);
          }
          expect(new Set(seen.map((one) => one.id)).size).toBe(total);
          for (const one of seen)
            expect([one.user_id, completed ?? one.completed]).toEqual([id, one.completed]);
          const order = seen.map((one) => `${one.created_at} ${String(one.id).padStart(9, "0")}`);
          expect(order).toEqual([...order].sort().reverse());
        },
      ),
      { numRuns: 40 },
    );
  });
});

it("the dashboard's page is the API's, with how many there are of each kind", async () => {
  const id = await owner(Array.from({ length: 23 }, (_, at) => ({ minute: at, done: at % 5 === 0 })));
  const kinds = [
    { show: "all", completed: undefined, total: 23 },
    { show: "open", completed: false, total: 18 },
    { show: "done", completed: true, total: 5 },
  ] as const;
  for (const { show, completed, total } of kinds) {
    for (const page of [1, 2, 3]) {
      const board = await getTaskDashboard(id, { page, show });
      const limit = board.pagination.limit;
      const api = JSON.parse(
        await getTaskPageJson(id, { page, limit, ...(completed !== undefined && { completed }) }),
      );
      expect(board).toEqual({ ...api, show, counts: { all: 23, open: 18, done: 5 } });
      expect(board.pagination.total).toBe(total);
    }
  }
});

describe("for any text", () => {
  it("what the rules accept the database stores unchanged, and counts as they do", async () => {
    const id = await owner([]);
    const edge = fc
      .tuple(fc.constantFrom("a", "é", "😀", "日", "\u0301"), fc.integer({ min: 196, max: 203 }))
      .map(([one, count]) => one.repeat(count));
    const blanks = fc
      .array(
        fc.constantFrom(
          " ",
          "\t",
          "\u0085",
          "\u00a0",
          "\u1680",
          "\u2003",
          "\u2028",
          "\u200b",
          "\u3000",
          "\ufeff",
          "\u001c",
          "\u180e",
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((all) => all.join(""));
    const title = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 210 }),
      fc.string({ unit: "grapheme", minLength: 1 }),
      edge,
      blanks,
    );
    await fc.assert(
      fc.asyncProperty(title, async (text) => {
        const parsed = newTaskSchema.safeParse({ title: text });
        if (parsed.success) {
          const made = await createTask(id, parsed.data);
          const [{ length }] = await queryRows(
            database.url,
            "select char_length(title) as length from task where id = $1",
            [made.id],
          );
          expect([made.title, countCharacters(made.title)]).toEqual([parsed.data.title, length]);
        } else if (text.isWellFormed() && !text.includes("\u0000")) {
          // And what they refuse, it would refuse as well: neither is stricter.
          await expect(createTask(id, { title: text.trim() })).rejects.toMatchObject({
            code: "VALIDATION_ERROR",
          });
        }
      }),
      { numRuns: 150 },
    );
  });
});
