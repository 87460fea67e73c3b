import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, TASK_SHAPE } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import { CREDENTIALS, createUser, type TestResponse, type TestUser } from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
let bob: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
  bob = await createUser(app);
});
afterAll(() => app?.stop());

const stored = async (id: number) =>
  (await queryRows(app.databaseUrl, "select * from task where id = $1", [id]))[0];
/** Inserts tasks t1, t2, …, each created a second after the previous one. @param completed an SQL expression of n */
const insertTasks = (user: TestUser, count: number, completed = "false") =>
  queryRows(
    app.databaseUrl,
    `insert into task (user_id, title, completed, created_at)
     select $1, 't' || n, ${completed}, now() - interval '1 day' + n * interval '1 second' from generate_series(1, $2::int) n`,
    [user.id, count],
  );
const titles = (response: TestResponse) => response.body.data.map((task: { title: string }) => task.title);
/** The id of a task that was deleted. */
async function deletedId(): Promise<number> {
  const { id } = (await alice.api("POST", "/api/tasks", { title: "to be deleted" })).body;
  await alice.api("DELETE", `/api/tasks/${id}`);
  return id;
}

describe.each(CREDENTIALS)("the task API %s", (_, via) => {
  const createTask = async (title = "Water the ferns"): Promise<{ id: number; [key: string]: unknown }> =>
    (await alice[via]("POST", "/api/tasks", { title, description: "twice" })).body;

  test("test_create_task_happy_path: POST /api/tasks stores and returns the trimmed task", async () => {
    const response = await alice[via]("POST", "/api/tasks", { title: "  Buy 🥛  ", description: "  oat  " });
    expect(response.status).toBe(201);
    expectApiHeaders(response);
    expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
    const task = response.body;
    expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: alice.id, title: "Buy 🥛", description: "oat" });
    expect(task.updated_at).toBe(task.created_at);
    expect(Number.isSafeInteger(task.id) && task.id > 0).toBe(true);
    expect(response.headers.get("Location")).toBe(`/api/tasks/${task.id}`);
    const row = await stored(task.id);
    expect({
      ...row,
      id: Number(row.id),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    }).toEqual({ ...task, submission_id: null });
    expect((await alice[via]("GET", `/api/tasks/${task.id}`)).body).toStrictEqual(task);
  });

  it("POST /api/tasks stores null for a missing or blank description", async () => {
    for (const body of [
      { title: "x" },
      { title: "x", description: "" },
      { title: "x", description: " \n " },
      { title: "x", description: null },
    ]) {
      const response = await alice[via]("POST", "/api/tasks", body);
      expect([response.status, response.body.description]).toEqual([201, null]);
    }
  });

  it("GET /api/tasks/{id} returns the task as the list contains it", async () => {
    const { id } = await createTask();
    const single = await alice[via]("GET", `/api/tasks/${id}`);
    expect(single.status).toBe(200);
    expectApiHeaders(single);
    const list = await alice[via]("GET", "/api/tasks?limit=1");
    expect(list.status).toBe(200);
    expectApiHeaders(list);
    expect(list.headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(list.body.data).toStrictEqual([single.body]);
  });

  it("PUT /api/tasks/{id} changes only the given fields", async () => {
    const task = await createTask();
    const path = `/api/tasks/${task.id}`;
    for (const [changes, expected] of [
      [{ title: " New title " }, { title: "New title" }],
      [{ description: "" }, { description: null }],
      [{ description: " back " }, { description: "back" }],
      [{ description: null }, { description: null }],
      [{ completed: true }, { completed: true, completed_at: expect.any(String) }],
      [
        { title: "a", description: "b", completed: false },
        { title: "a", description: "b", completed: false, completed_at: null },
      ],
    ] as const) {
      const before = (await alice[via]("GET", path)).body;
      const response = await alice[via]("PUT", path, changes);
      expect(response.status).toBe(200);
      expectApiHeaders(response);
      expect(response.body).toStrictEqual({
        ...before,
        ...expected,
        updated_at: expect.any(String),
        version: before.version + 1,
      });
      expect(response.body.updated_at > before.updated_at).toBe(true);
      expect((await alice[via]("GET", path)).body).toStrictEqual(response.body);
    }
  });

  test("test_toggle_completion_valid: PATCH without a body toggles the completion", async () => {
    const task = await createTask();
    const path = `/api/tasks/${task.id}/complete`;
    for (const [index, completed] of [true, false, true].entries()) {
      const response = await alice[via]("PATCH", path);
      expect(response.status).toBe(200);
      expectApiHeaders(response);
      expect(response.body).toStrictEqual({
        ...task,
        completed,
        completed_at: completed ? expect.any(String) : null,
        updated_at: expect.any(String),
        version: index + 2,
      });
      expect((await stored(task.id)).completed).toBe(completed);
    }
    expect((await alice[via]("PATCH", path, {})).body.completed).toBe(false);
  });

  it("PATCH with `completed` sets the completion and can be repeated", async () => {
    const { id } = await createTask();
    for (const completed of [true, true, false, false]) {
      const response = await alice[via]("PATCH", `/api/tasks/${id}/complete`, { completed });
      expect([response.status, response.body.completed]).toEqual([200, completed]);
    }
  });

  it("DELETE /api/tasks/{id} returns an empty 204, then 404", async () => {
    const { id } = await createTask();
    expectNoContent(await alice[via]("DELETE", `/api/tasks/${id}`));
    expect(await stored(id)).toBeUndefined();
    expectError(await alice[via]("DELETE", `/api/tasks/${id}`), 404, "NOT_FOUND");
  });

  it("a request for a task that does not exist returns 404", async () => {
    const deleted = await deletedId();
    for (const id of [deleted, Number.MAX_SAFE_INTEGER, 2 ** 31, 2 ** 40]) {
      expectError(await alice[via]("GET", `/api/tasks/${id}`), 404, "NOT_FOUND");
      expectError(await alice[via]("PUT", `/api/tasks/${id}`, { title: "x" }), 404, "NOT_FOUND");
      expectError(await alice[via]("DELETE", `/api/tasks/${id}`), 404, "NOT_FOUND");
      expectError(await alice[via]("PATCH", `/api/tasks/${id}/complete`), 404, "NOT_FOUND");
    }
  });

  test("test_update_other_user_task: PUT and PATCH return 403 and change nothing", async () => {
    const task = await createTask();
    const before = await stored(task.id);
    expectError(await bob[via]("PUT", `/api/tasks/${task.id}`, { title: "Bob's now" }), 403, "FORBIDDEN");
    expectError(await bob[via]("PATCH", `/api/tasks/${task.id}/complete`), 403, "FORBIDDEN");
    expectError(
      await bob[via]("PATCH", `/api/tasks/${task.id}/complete`, { completed: true }),
      403,
      "FORBIDDEN",
    );
    expect(await stored(task.id)).toEqual(before);
  });

  test("test_delete_other_user_task: DELETE returns 403 and keeps the task", async () => {
    const task = await createTask();
    expectError(await bob[via]("DELETE", `/api/tasks/${task.id}`), 403, "FORBIDDEN");
    expect(await stored(task.id)).toBeDefined();
  });

  it("GET /api/tasks/{id} returns 403 for another user's task without its text", async () => {
    const task = await createTask("Something private");
    const response = await bob[via]("GET", `/api/tasks/${task.id}`);
    expectError(response, 403, "FORBIDDEN");
    expect(response.text).not.toContain("private");
  });

  test("test_view_own_tasks_only: GET /api/tasks lists only the tasks of the user", async () => {
    const [user, otherUser] = [await createUser(app), await createUser(app)];
    await user.api("POST", "/api/tasks", { title: "mine" });
    await otherUser.api("POST", "/api/tasks", { title: "theirs" });
    for (const query of ["", "?completed=false", "?limit=100"]) {
      const response = await user[via]("GET", `/api/tasks${query}`);
      expect(response.status).toBe(200);
      expect(titles(response)).toEqual(["mine"]);
      expect(response.body.data.map((task: { user_id: string }) => task.user_id)).toEqual([user.id]);
      expect(response.body.pagination.total).toBe(1);
    }
  });
});

describe("GET /api/tasks", () => {
  test("test_get_tasks_pagination: returns pages with the newest tasks first", async () => {
    const user = await createUser(app);
    for (let i = 1; i <= 25; i += 1) await user.api("POST", "/api/tasks", { title: `t${i}` });
    const newestFirst = Array.from({ length: 25 }, (_, i) => `t${25 - i}`);
    for (const [page, from, to] of [
      [1, 0, 10],
      [2, 10, 20],
      [3, 20, 25],
      [4, 25, 25],
    ] as const) {
      const response = await user.api("GET", `/api/tasks?page=${page}&limit=10`);
      expect(response.status).toBe(200);
      expect(Object.keys(response.body)).toEqual(["data", "pagination"]);
      expect(response.body.pagination).toStrictEqual({ page, limit: 10, total: 25, pages: 3 });
      expect(titles(response)).toEqual(newestFirst.slice(from, to));
      for (const task of response.body.data) expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: user.id });
    }
    const first = await user.api("GET", "/api/tasks");
    expect(first.body.pagination).toStrictEqual({ page: 1, limit: 20, total: 25, pages: 2 });
    expect(titles(first)).toEqual(newestFirst.slice(0, 20));
    expect(titles(await user.viaCookie("GET", "/api/tasks?limit=100"))).toEqual(newestFirst);
  });

  it("returns an empty list and 0 pages for a user without tasks", async () => {
    const user = await createUser(app);
    const response = await user.api("GET", "/api/tasks");
    expect(response.body).toStrictEqual({ data: [], pagination: { page: 1, limit: 20, total: 0, pages: 0 } });
  });

  it("counts and paginates only the tasks that match the `completed` filter", async () => {
    const user = await createUser(app);
    await insertTasks(user, 30, "n % 3 = 0");
    const done = await user.api("GET", "/api/tasks?completed=true&limit=4&page=3");
    expect(done.body.pagination).toStrictEqual({ page: 3, limit: 4, total: 10, pages: 3 });
    expect(titles(done)).toEqual(["t6", "t3"]);
    const open = await user.api("GET", "/api/tasks?completed=false&limit=3");
    expect(open.body.pagination).toStrictEqual({ page: 1, limit: 3, total: 20, pages: 7 });
    expect(titles(open)).toEqual(["t29", "t28", "t26"]);
  });

  it("orders tasks with equal times by id, so that pages do not overlap", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      "insert into task (user_id, title) select $1, 't' || n from generate_series(1, 9) n",
      [user.id],
    );
    const pages = await Promise.all(
      [1, 2, 3].map((page) => user.api("GET", `/api/tasks?limit=3&page=${page}`)),
    );
    expect(pages.flatMap(titles)).toEqual(Array.from({ length: 9 }, (_, i) => `t${9 - i}`));
  });

  it("returns a title with quotes, control characters and any script unchanged", async () => {
    const title = `"quoted" \\back ' -- ; %_ <b>&amp; \u2028 日本語 עברית 😀 \u0001\u001f \ud83d\udc69\u200d\ud83d\ude80`;
    const created = await bob.api("POST", "/api/tasks", {
      title,
      description: `line\nline\r\n\ttab ${title}`,
    });
    expect([created.status, created.body.title]).toEqual([201, title]);
    expect((await bob.api("GET", "/api/tasks?limit=1")).body.data).toStrictEqual([created.body]);
  });

  it("returns the same times in milliseconds as GET /api/tasks/{id}", async () => {
    const user = await createUser(app);
    await queryRows(
      app.databaseUrl,
      `insert into task (user_id, title, created_at, updated_at)
       select $1, 't', timestamptz '2026-03-29 01:59:59.9995+00' + n * interval '77777 microseconds', timestamptz '1999-12-31 23:59:59.999999+00'
       from generate_series(1, 12) n`,
      [user.id],
    );
    const { data } = (await user.api("GET", "/api/tasks")).body;
    for (const task of data) {
      expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: user.id });
      expect((await user.api("GET", `/api/tasks/${task.id}`)).body).toStrictEqual(task);
    }
  });
});

describe("concurrent requests", () => {
  it("that toggle one task each take effect", async () => {
    const { id } = (await alice.api("POST", "/api/tasks", { title: "toggled" })).body;
    for (const count of [20, 19]) {
      const before = (await stored(id)).completed;
      const responses = await Promise.all(
        Array.from({ length: count }, () => alice.api("PATCH", `/api/tasks/${id}/complete`)),
      );
      expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
      const completedCount = responses.filter((response) => response.body.completed).length;
      expect(Math.abs(completedCount - count / 2)).toBeLessThanOrEqual(0.5);
      expect((await stored(id)).completed).toBe(count % 2 === 1 ? !before : before);
    }
  });

  it("that change different fields of one task keep all changes", async () => {
    const { id } = (await alice.api("POST", "/api/tasks", { title: "old" })).body;
    await Promise.all([
      alice.api("PUT", `/api/tasks/${id}`, { title: "new" }),
      alice.api("PUT", `/api/tasks/${id}`, { description: "new" }),
      alice.api("PATCH", `/api/tasks/${id}/complete`, { completed: true }),
    ]);
    expect(await stored(id)).toMatchObject({ title: "new", description: "new", completed: true });
  });

  it("that delete one task return one 204 and one 404", async () => {
    const { id } = (await alice.api("POST", "/api/tasks", { title: "twice" })).body;
    const responses = await Promise.all([1, 2].map(() => alice.api("DELETE", `/api/tasks/${id}`)));
    expect(responses.map((response) => response.status).sort()).toEqual([204, 404]);
  });
});
