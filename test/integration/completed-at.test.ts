import knexFactory, { type Knex } from "knex";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { migrateToLatest, revertLastMigration } from "#db/migrations/index.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { createUser, request, type TestUser } from "../support/users.ts";

const MIGRATION = "20261121_0006_completed_at";
const AN_HOUR_AGO = "2026-03-03T07:30:00.000Z";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());
beforeEach(async () => {
  alice = await createUser(app);
});

const create = async (title = "Water the fern"): Promise<number> =>
  (await alice.api("POST", "/api/tasks", { title })).body.id;
const sql = (statement: string, values: unknown[] = []) => queryRows(app.databaseUrl, statement, values);
/** Moves the completion of a task into the past. */
const completedEarlier = (id: number) =>
  sql("update task set completed_at = $2 where id = $1", [id, AN_HOUR_AGO]);
const complete = (id: number, completed = true) =>
  alice.api("PATCH", `/api/tasks/${id}/complete`, { completed });

describe("completed_at", () => {
  it("is null while a task is open, and the time of the change when it becomes completed", async () => {
    const id = await create();
    const path = `/api/tasks/${id}`;
    expect((await alice.api("GET", path)).body.completed_at).toBeNull();
    for (const change of [
      () => complete(id),
      () => alice.api("PATCH", `${path}/complete`),
      () => alice.api("PUT", path, { completed: true }),
    ]) {
      const { body } = await change();
      expect(body).toMatchObject({ completed: true, completed_at: body.updated_at });
      expect((await alice.api("GET", path)).body).toEqual(body);
      expect((await alice.api("GET", "/api/tasks")).body.data).toEqual([body]);
      expect((await complete(id, false)).body).toMatchObject({ completed: false, completed_at: null });
    }
  });

  it("is kept while a task stays completed, and new after it was reopened", async () => {
    const id = await create();
    await complete(id);
    await completedEarlier(id);
    expect((await complete(id)).body.completed_at).toBe(AN_HOUR_AGO);
    const renamed = await alice.api("PUT", `/api/tasks/${id}`, { title: "Water both", completed: true });
    expect(renamed.body.completed_at).toBe(AN_HOUR_AGO);
    await alice.form("/dashboard", { intent: "save", id: String(id), title: "Water all", description: "" });
    expect((await alice.api("GET", `/api/tasks/${id}`)).body.completed_at).toBe(AN_HOUR_AGO);
    await complete(id, false);
    expect((await complete(id)).body.completed_at).not.toBe(AN_HOUR_AGO);
  });

  it("is kept by a task that is deleted and restored", async () => {
    const id = await create();
    await complete(id);
    await completedEarlier(id);
    const before = (await alice.api("GET", `/api/tasks/${id}`)).body;
    await alice.api("DELETE", `/api/tasks/${id}`);
    expect((await alice.form("/dashboard", { intent: "restore", id: String(id) })).status).toBe(302);
    expect((await alice.api("GET", `/api/tasks/${id}`)).body).toEqual(before);
    expect(before.completed_at).toBe(AN_HOUR_AGO);
  });

  it("is part of the export", async () => {
    const id = await create();
    await complete(id);
    await completedEarlier(id);
    await create("Still open");
    const { body } = await alice.api("GET", "/api/auth/export");
    const times = body.tasks.map((task: { completed_at: string | null }) => task.completed_at);
    expect(times).toEqual([AN_HOUR_AGO, null]);
  });

  it("matches `completed` after concurrent toggles", async () => {
    const id = await create();
    const toggles = Array.from({ length: 9 }, () => alice.api("PATCH", `/api/tasks/${id}/complete`));
    for (const { status, body } of await Promise.all(toggles))
      expect([status, body.completed_at !== null]).toEqual([200, body.completed]);
    const [row] = await sql(
      "select completed, completed_at is not null as has_time from task where id = $1",
      [id],
    );
    expect(row).toEqual({ completed: true, has_time: true });
  });

  it("is set by statements of the previous release, which do not know it", async () => {
    const id = await create();
    const previousUpdate =
      "update task set completed = $2, updated_at = now() where id = $1 returning completed_at";
    expect((await sql(previousUpdate, [id, true]))[0].completed_at).toBeInstanceOf(Date);
    expect((await sql(previousUpdate, [id, false]))[0].completed_at).toBeNull();
    // A restore, which inserts a completed task.
    const [restored] = await sql(
      `insert into task (user_id, title, completed, created_at, updated_at)
       values ($1, 'Restored', true, $2, $2) returning completed_at`,
      [alice.id, AN_HOUR_AGO],
    );
    expect(restored.completed_at.toISOString()).toBe(AN_HOUR_AGO);
  });
});

describe("the done tasks of the dashboard", () => {
  const titlesAt = async (path: string) => {
    const { text } = await request(app.url, "GET", path, { headers: { Cookie: alice.cookie } });
    return [...text.matchAll(/class="title"[^>]*><a[^>]*>([^<]*)/g)].map(([, title]) => title);
  };

  it("are listed by their completion, the API lists them by their creation", async () => {
    const ids = [await create("First"), await create("Second"), await create("Third")];
    const [first = 0, second = 0, third = 0] = ids;
    for (const id of [third, first, second]) await complete(id);
    expect(await titlesAt("/dashboard?show=done")).toEqual(["Second", "First", "Third"]);
    expect(await titlesAt("/dashboard?show=all")).toEqual(["Third", "Second", "First"]);
    const { body } = await alice.api("GET", "/api/tasks?completed=true");
    expect(body.data.map(({ id }: { id: number }) => id)).toEqual([third, second, first]);
  });

  it("are on consecutive pages without a gap or a repetition, also with equal times", async () => {
    await sql(
      `insert into task (user_id, title, completed, created_at, completed_at)
       select $1, 't' || n, n % 4 > 0, now() - n * interval '1 minute', now() - (n % 7) * interval '1 hour'
       from generate_series(1, 120) n`,
      [alice.id],
    );
    const expected = await sql(
      "select title from task where user_id = $1 and completed order by completed_at desc, id desc",
      [alice.id],
    );
    const found: unknown[] = [];
    for (let page = 1; page <= 6; page += 1)
      found.push(...(await titlesAt(`/dashboard?show=done&page=${page}`)));
    expect(found).toEqual(expected.map(({ title }) => title));
    expect(found).toHaveLength(90);
  });
});

describe("migration 0006", () => {
  it("gives completed tasks, also deleted ones, the time of their last change", async () => {
    const database = await createTestDatabase();
    const knex: Knex = knexFactory({ client: "pg", connection: database.url, pool: { min: 0, max: 1 } });
    try {
      await migrateToLatest(knex);
      let reverted: string | undefined;
      do reverted = await revertLastMigration(knex);
      while (reverted && reverted !== MIGRATION);
      expect(reverted).toBe(MIGRATION);
      const [{ id: userId }] = await knex("user")
        .insert({ email: "a@example.org", name: "A" })
        .returning("id");
      const times = { created_at: "2026-01-01T00:00:00Z", updated_at: AN_HOUR_AGO };
      for (const completed of [true, false]) {
        const task = { user_id: userId, title: "t", completed, ...times };
        await knex("task").insert(task);
        await knex("deleted_task").insert({ id: completed ? 1 : 2, ...task });
      }
      await migrateToLatest(knex);
      for (const table of ["task", "deleted_task"]) {
        const rows = await knex(table).select("completed_at", "updated_at").orderBy("id");
        expect(rows.map((row) => row.completed_at?.toISOString() ?? null)).toEqual([AN_HOUR_AGO, null]);
        expect(rows.map((row) => row.updated_at.toISOString())).toEqual([AN_HOUR_AGO, AN_HOUR_AGO]);
      }
      expect(await knex("task_count").select("total", "completed")).toEqual([{ total: 2, completed: 1 }]);
    } finally {
      await knex.destroy();
      await database.drop();
    }
  });
});
