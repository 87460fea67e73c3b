import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, TASK_SHAPE } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, type TestResponse, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
let bob: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
  bob = await createUser(tock);
});
afterAll(() => tock?.stop());

const stored = async (id: number) =>
  (await queryRows(tock.databaseUrl, "select * from task where id = $1", [id]))[0];
/** As many new tasks as are asked for, straight into the table, each a second younger than the one before. */
const fill = (owner: TestUser, count: number, completed = "false") =>
  queryRows(
    tock.databaseUrl,
    `insert into task (user_id, title, completed, created_at)
     select $1, 't' || n, ${completed}, now() - interval '1 day' + n * interval '1 second' from generate_series(1, $2::int) n`,
    [owner.id, count],
  );
const titles = (answer: TestResponse) => answer.body.data.map((task: { title: string }) => task.title);
/** An id that was given out once and names nothing any more. */
async function goneId(): Promise<number> {
  const { id } = (await ann.api("POST", "/api/tasks", { title: "soon gone" })).body;
  await ann.api("DELETE", `/api/tasks/${id}`);
  return id;
}

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("%s", (_, via) => {
  const made = async (title = "Water the ferns"): Promise<{ id: number; [key: string]: unknown }> =>
    (await ann[via]("POST", "/api/tasks", { title, description: "twice" })).body;

  test("test_create_task_happy_path", async () => {
    const answer = await ann[via]("POST", "/api/tasks", { title: "  Buy 🥛  ", description: "  oat  " });
    expect(answer.status).toBe(201);
    expectApiHeaders(answer);
    expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
    const task = answer.body;
    expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: ann.id, title: "Buy 🥛", description: "oat" });
    expect(task.updated_at).toBe(task.created_at);
    expect(Number.isSafeInteger(task.id) && task.id > 0).toBe(true);
    expect(answer.headers.get("Location")).toBe(`/api/tasks/${task.id}`);
    const row = await stored(task.id);
    expect({
      ...row,
      id: Number(row.id),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    }).toEqual({ ...task, submission_id: null });
    expect((await ann[via]("GET", `/api/tasks/${task.id}`)).body).toStrictEqual(task);
  });

  it("a task without a description has null for one", async () => {
    for (const body of [
      { title: "x" },
      { title: "x", description: "" },
      { title: "x", description: " \n " },
      { title: "x", description: null },
    ]) {
      const answer = await ann[via]("POST", "/api/tasks", body);
      expect([answer.status, answer.body.description]).toEqual([201, null]);
    }
  });

  it("one task is answered as it stands in the list", async () => {
    const { id } = await made();
    const one = await ann[via]("GET", `/api/tasks/${id}`);
    expect(one.status).toBe(200);
    expectApiHeaders(one);
    const list = await ann[via]("GET", "/api/tasks?limit=1");
    expect(list.status).toBe(200);
    expectApiHeaders(list);
    expect(list.headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(list.body.data).toStrictEqual([one.body]);
  });

  it("a change touches what it names and nothing else", async () => {
    const task = await made();
    const path = `/api/tasks/${task.id}`;
    for (const [changes, expected] of [
      [{ title: " New title " }, { title: "New title" }],
      [{ description: "" }, { description: null }],
      [{ description: " back " }, { description: "back" }],
      [{ description: null }, { description: null }],
      [{ completed: true }, { completed: true }],
      [
        { title: "a", description: "b", completed: false },
        { title: "a", description: "b", completed: false },
      ],
    ] as const) {
      const before = (await ann[via]("GET", path)).body;
      const answer = await ann[via]("PUT", path, changes);
      expect(answer.status).toBe(200);
      expectApiHeaders(answer);
      expect(answer.body).toStrictEqual({ ...before, ...expected, updated_at: expect.any(String) });
      expect(answer.body.updated_at > before.updated_at).toBe(true);
      expect((await ann[via]("GET", path)).body).toStrictEqual(answer.body);
    }
  });

  test("test_toggle_completion_valid", async () => {
    const task = await made();
    const path = `/api/tasks/${task.id}/complete`;
    for (const completed of [true, false, true]) {
      const answer = await ann[via]("PATCH", path);
      expect(answer.status).toBe(200);
      expectApiHeaders(answer);
      expect(answer.body).toStrictEqual({ ...task, completed, updated_at: expect.any(String) });
      expect((await stored(task.id)).completed).toBe(completed);
    }
    expect((await ann[via]("PATCH", path, {})).body.completed).toBe(false);
  });

  it("setting completion is safe to repeat", async () => {
    const { id } = await made();
    for (const completed of [true, true, false, false]) {
      const answer = await ann[via]("PATCH", `/api/tasks/${id}/complete`, { completed });
      expect([answer.status, answer.body.completed]).toEqual([200, completed]);
    }
  });

  it("a deleted task is gone: 204 with nothing in it, then 404", async () => {
    const { id } = await made();
    expectNoContent(await ann[via]("DELETE", `/api/tasks/${id}`));
    expect(await stored(id)).toBeUndefined();
    expectError(await ann[via]("DELETE", `/api/tasks/${id}`), 404, "NOT_FOUND");
  });

  it("what is not there is 404", async () => {
    const gone = await goneId();
    for (const id of [gone, Number.MAX_SAFE_INTEGER, 2 ** 31, 2 ** 40]) {
      expectError(await ann[via]("GET", `/api/tasks/${id}`), 404, "NOT_FOUND");
      expectError(await ann[via]("PUT", `/api/tasks/${id}`, { title: "x" }), 404, "NOT_FOUND");
      expectError(await ann[via]("DELETE", `/api/tasks/${id}`), 404, "NOT_FOUND");
      expectError(await ann[via]("PATCH", `/api/tasks/${id}/complete`), 404, "NOT_FOUND");
    }
  });

  test("test_update_other_user_task", async () => {
    const task = await made();
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

  test("test_delete_other_user_task", async () => {
    const task = await made();
    expectError(await bob[via]("DELETE", `/api/tasks/${task.id}`), 403, "FORBIDDEN");
    expect(await stored(task.id)).toBeDefined();
  });

  it("another user's task cannot be read", async () => {
    const task = await made("Something private");
    const answer = await bob[via]("GET", `/api/tasks/${task.id}`);
    expectError(answer, 403, "FORBIDDEN");
    expect(answer.text).not.toContain("private");
  });

  test("test_view_own_tasks_only", async () => {
    const [one, other] = [await createUser(tock), await createUser(tock)];
    await one.api("POST", "/api/tasks", { title: "mine" });
    await other.api("POST", "/api/tasks", { title: "theirs" });
    for (const query of ["", "?completed=false", "?limit=100"]) {
      const answer = await one[via]("GET", `/api/tasks${query}`);
      expect(answer.status).toBe(200);
      expect(titles(answer)).toEqual(["mine"]);
      expect(answer.body.data.map((task: { user_id: string }) => task.user_id)).toEqual([one.id]);
      expect(answer.body.pagination.total).toBe(1);
    }
  });
});

describe("the list", () => {
  test("test_get_tasks_pagination", async () => {
    const person = await createUser(tock);
    for (let i = 1; i <= 25; i += 1) await person.api("POST", "/api/tasks", { title: `t${i}` });
    const newestFirst = Array.from({ length: 25 }, (_, i) => `t${25 - i}`);
    for (const [page, from, to] of [
      [1, 0, 10],
      [2, 10, 20],
      [3, 20, 25],
      [4, 25, 25],
    ] as const) {
      const answer = await person.api("GET", `/api/tasks?page=${page}&limit=10`);
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.body)).toEqual(["data", "pagination"]);
      expect(answer.body.pagination).toStrictEqual({ page, limit: 10, total: 25, pages: 3 });
      expect(titles(answer)).toEqual(newestFirst.slice(from, to));
      for (const task of answer.body.data) expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: person.id });
    }
    const first = await person.api("GET", "/api/tasks");
    expect(first.body.pagination).toStrictEqual({ page: 1, limit: 20, total: 25, pages: 2 });
    expect(titles(first)).toEqual(newestFirst.slice(0, 20));
    expect(titles(await person.viaCookie("GET", "/api/tasks?limit=100"))).toEqual(newestFirst);
  });

  it("of nobody's tasks is empty, and no pages long", async () => {
    const person = await createUser(tock);
    const answer = await person.api("GET", "/api/tasks");
    expect(answer.body).toStrictEqual({ data: [], pagination: { page: 1, limit: 20, total: 0, pages: 0 } });
  });

  it("of what is done, or open, counts and pages only those", async () => {
    const person = await createUser(tock);
    await fill(person, 30, "n % 3 = 0");
    const done = await person.api("GET", "/api/tasks?completed=true&limit=4&page=3");
    expect(done.body.pagination).toStrictEqual({ page: 3, limit: 4, total: 10, pages: 3 });
    expect(titles(done)).toEqual(["t6", "t3"]);
    const open = await person.api("GET", "/api/tasks?completed=false&limit=3");
    expect(open.body.pagination).toStrictEqual({ page: 1, limit: 3, total: 20, pages: 7 });
    expect(titles(open)).toEqual(["t29", "t28", "t26"]);
  });

  it("orders tasks of the same instant by id, so that pages never overlap", async () => {
    const person = await createUser(tock);
    await queryRows(
      tock.databaseUrl,
      "insert into task (user_id, title) select $1, 't' || n from generate_series(1, 9) n",
      [person.id],
    );
    const pages = await Promise.all(
      [1, 2, 3].map((page) => person.api("GET", `/api/tasks?limit=3&page=${page}`)),
    );
    expect(pages.flatMap(titles)).toEqual(Array.from({ length: 9 }, (_, i) => `t${9 - i}`));
  });

  it("carries any text unharmed: quotes, backslashes, line ends, every script, and the edges of JSON", async () => {
    const title = `"quoted" \\back ' -- ; %_ <b>&amp; \u2028 日本語 עברית 😀 \u0001\u001f \ud83d\udc69\u200d\ud83d\ude80`;
    const made = await bob.api("POST", "/api/tasks", { title, description: `line\nline\r\n\ttab ${title}` });
    expect([made.status, made.body.title]).toEqual([201, title]);
    expect((await bob.api("GET", "/api/tasks?limit=1")).body.data).toStrictEqual([made.body]);
  });

  it("tells the time of a task by the millisecond, the same in the list as alone", async () => {
    const person = await createUser(tock);
    await queryRows(
      tock.databaseUrl,
      `insert into task (user_id, title, created_at, updated_at)
       select $1, 't', timestamptz '2026-03-29 01:59:59.9995+00' + n * interval '77777 microseconds', timestamptz '1999-12-31 23:59:59.999999+00'
       from generate_series(1, 12) n`,
      [person.id],
    );
    const { data } = (await person.api("GET", "/api/tasks")).body;
    for (const task of data) {
      expect(task).toStrictEqual({ ...TASK_SHAPE, user_id: person.id });
      expect((await person.api("GET", `/api/tasks/${task.id}`)).body).toStrictEqual(task);
    }
  });
});

describe("at the same time", () => {
  it("twenty toggles of one task turn it over twenty times", async () => {
    const { id } = (await ann.api("POST", "/api/tasks", { title: "spin" })).body;
    for (const count of [20, 19]) {
      const before = (await stored(id)).completed;
      const answers = await Promise.all(
        Array.from({ length: count }, () => ann.api("PATCH", `/api/tasks/${id}/complete`)),
      );
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      const trues = answers.filter((answer) => answer.body.completed).length;
      expect(Math.abs(trues - count / 2)).toBeLessThanOrEqual(0.5);
      expect((await stored(id)).completed).toBe(count % 2 === 1 ? !before : before);
    }
  });

  it("changes of different fields do not undo each other", async () => {
    const { id } = (await ann.api("POST", "/api/tasks", { title: "old" })).body;
    await Promise.all([
      ann.api("PUT", `/api/tasks/${id}`, { title: "new" }),
      ann.api("PUT", `/api/tasks/${id}`, { description: "new" }),
      ann.api("PATCH", `/api/tasks/${id}/complete`, { completed: true }),
    ]);
    expect(await stored(id)).toMatchObject({ title: "new", description: "new", completed: true });
  });

  it("two deletions of one task: one 204, one 404", async () => {
    const { id } = (await ann.api("POST", "/api/tasks", { title: "twice" })).body;
    const answers = await Promise.all([1, 2].map(() => ann.api("DELETE", `/api/tasks/${id}`)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([204, 404]);
  });
});
