import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countCharacters } from "#app/rules/text-rules.ts";
import { newTaskSchema, type Task } from "#app/schemas/task.ts";
import type { RequestCaller } from "#app/services/callers.server.ts";
import { createTask, getTaskDashboard, getTaskPageJson } from "#app/services/tasks.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { TEST_SECRETS } from "../support/app-server.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: database.url });
  openTestDatabase(database.url);
});
afterAll(async () => {
  await closeDatabase();
  await database?.drop();
});

/** Inserts a user with a session and these tasks, many of them with equal times. */
async function createCallerWithTasks(tasks: { minute: number; done: boolean }[]): Promise<RequestCaller> {
  const sql = `with u as (insert into "user" (email, name) values (gen_random_uuid() || '@example.org', 'U') returning id),
    s as (insert into session (user_id, token, expires_at)
      select id, gen_random_uuid(), now() + interval '1 day' from u returning id),
    t as (insert into task (user_id, title, completed, created_at)
      select u.id, 't', done, timestamptz '2026-01-01 00:00+00' + minute * interval '1 minute'
      from u, unnest($1::int[], $2::bool[]) as given (minute, done))
    select u.id as user_id, s.id as session_id from u, s`;
  const [row] = await queryRows(database.url, sql, [
    tasks.map((task) => task.minute),
    tasks.map((task) => task.done),
  ]);
  return {
    userId: row.user_id,
    sessionId: row.session_id,
    client: { ipAddress: "", userAgent: "", requestId: "" },
  };
}

describe("getTaskPageJson with any number of tasks, limit and filter", () => {
  it("returns ceil(total / limit) pages with every task on exactly one page, newest first", async () => {
    const task = fc.record({ minute: fc.nat({ max: 4 }), done: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(task, { maxLength: 40 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom(undefined, true, false),
        async (tasks, limit, completed) => {
          const caller = await createCallerWithTasks(tasks);
          const filter = completed === undefined ? {} : { completed };
          const total = tasks.filter(({ done }) => completed === undefined || done === completed).length;
          const pages = Math.ceil(total / limit);
          const found: Task[] = [];
          for (let page = 1; page <= pages + 1; page += 1) {
            const { data, pagination } = JSON.parse(
              await getTaskPageJson(caller, { page, limit, ...filter }),
            );
            expect(pagination).toEqual({ page, limit, total, pages });
            expect(data.length).toBe(page < pages ? limit : page === pages ? total - (pages - 1) * limit : 0);
            found.push(...data);
          }
          expect(new Set(found.map((task) => task.id)).size).toBe(total);
          for (const task of found)
            expect([task.user_id, completed ?? task.completed]).toEqual([caller.userId, task.completed]);
          const order = found.map((task) => `${task.created_at} ${String(task.id).padStart(9, "0")}`);
          expect(order).toEqual([...order].sort().reverse());
        },
      ),
      { numRuns: 40 },
    );
  });
});

it("getTaskDashboard returns the listed fields of the API's page and the number of all, open and done tasks", async () => {
  const caller = await createCallerWithTasks(
    Array.from({ length: 23 }, (_, minute) => ({ minute, done: minute % 5 === 0 })),
  );
  const filters = [
    { show: "all", completed: undefined, total: 23 },
    { show: "open", completed: false, total: 18 },
    { show: "done", completed: true, total: 5 },
  ] as const;
  for (const { show, completed, total } of filters) {
    for (const page of [1, 2, 3]) {
      const dashboard = await getTaskDashboard(caller, { page, show, q: "" });
      const { limit } = dashboard.pagination;
      const apiPage = JSON.parse(
        await getTaskPageJson(caller, { page, limit, ...(completed !== undefined && { completed }) }),
      );
      // The page does not show whose tasks they are, nor when they were changed.
      const data = apiPage.data.map(({ user_id, completed_at, updated_at, ...listed }: Task) => listed);
      expect(dashboard).toEqual({
        ...apiPage,
        data,
        show,
        q: "",
        counts: { all: 23, open: 18, done: 5 },
        matches: null,
      });
      expect(dashboard.pagination.total).toBe(total);
    }
  }
});

describe("createTask with any title", () => {
  it("accepts and counts exactly the titles that the schema and the database accept", async () => {
    const caller = await createCallerWithTasks([]);
    const nearLimit = fc
      .tuple(fc.constantFrom("a", "é", "😀", "日", "\u0301"), fc.integer({ min: 196, max: 203 }))
      .map(([character, count]) => character.repeat(count));
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
      .map((characters) => characters.join(""));
    const title = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 210 }),
      fc.string({ unit: "grapheme", minLength: 1 }),
      nearLimit,
      blanks,
    );
    await fc.assert(
      fc.asyncProperty(title, async (text) => {
        const parsed = newTaskSchema.safeParse({ title: text });
        if (parsed.success) {
          const task: Task = JSON.parse((await createTask(caller, parsed.data)).json);
          const [{ length }] = await queryRows(
            database.url,
            "select char_length(title) as length from task where id = $1",
            [task.id],
          );
          expect([task.title, countCharacters(task.title)]).toEqual([parsed.data.title, length]);
        } else if (text.isWellFormed() && !text.includes("\u0000")) {
          // The schema is not stricter than the database.
          await expect(createTask(caller, { title: text.trim() })).rejects.toMatchObject({
            code: "VALIDATION_ERROR",
          });
        }
      }),
      { numRuns: 150 },
    );
  });
});
