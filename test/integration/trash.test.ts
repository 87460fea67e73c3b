import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, expectNoContent, ISO_TIME } from "../support/assertions.ts";
import { holdRow } from "../support/held-row.ts";
import { countLockWaits } from "../support/lock-waits.ts";
import { queryRows } from "../support/sql.ts";
import { CREDENTIALS, cookiesAfter, createUser, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

const QUOTA = 5;
let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp({ TASKS_PER_USER_MAX: String(QUOTA) });
});
afterAll(() => app?.stop());
beforeEach(async () => {
  alice = await createUser(app);
});

const add = async (user: TestUser, title: string): Promise<number> =>
  (await user.api("POST", "/api/tasks", { title, description: "With words" })).body.id;
const remove = (user: TestUser, id: number, query = "") => user.api("DELETE", `/api/tasks/${id}${query}`);
const restore = (user: TestUser, id: number) => user.api("POST", `/api/tasks/${id}/restore`);
/** Creates tasks and deletes them in the same order. @returns their ids */
async function deleteTasks(user: TestUser, titles: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const title of titles) {
    ids.push(await add(user, title));
    await remove(user, ids.at(-1) ?? 0);
  }
  return ids;
}
const trashOf = async (user: TestUser, query = "") =>
  (await user.api("GET", `/api/tasks?deleted=true${query}`)).body;
const titlesOf = ({ data }: { data: { title: string }[] }) => data.map(({ title }) => title);
const page = (user: TestUser, path: string, cookie = user.cookie) =>
  request(app.url, "GET", path, { headers: { Cookie: cookie } });

describe.each(CREDENTIALS)("GET /api/tasks?deleted=true %s", (_, via) => {
  it("lists deleted tasks with the time of deletion, the last one first, in pages", async () => {
    const kept = await add(alice, "Kept");
    const ids = await deleteTasks(alice, ["One", "Two", "Three"]);
    const { status, body } = await alice[via]("GET", "/api/tasks?deleted=true&limit=2");
    expect(status).toBe(200);
    expect(titlesOf(body)).toEqual(["Three", "Two"]);
    expect(body.pagination).toEqual({ page: 1, limit: 2, total: 3, pages: 2 });
    expect(body.data[0]).toMatchObject({ id: ids[2], description: "With words", user_id: alice.id });
    expect(body.data[0].deleted_at).toMatch(ISO_TIME);
    const second = await alice[via]("GET", "/api/tasks?deleted=true&limit=2&page=2");
    expect(titlesOf(second.body)).toEqual(["One"]);
    const listed = (await alice[via]("GET", "/api/tasks?deleted=false")).body.data;
    expect(listed).toEqual([expect.objectContaining({ id: kept })]);
    expect(listed[0]).not.toHaveProperty("deleted_at");
  });

  it("rejects another value, and completed or q beside it, naming the parameter", async () => {
    const wrong = await alice[via]("GET", "/api/tasks?deleted=yes");
    expectError(wrong, 422, "VALIDATION_ERROR", ["deleted"]);
    const both = await alice[via]("GET", "/api/tasks?deleted=true&completed=false");
    expectError(both, 422, "VALIDATION_ERROR", ["completed"]);
    expect(both.body.error.details.completed[0]).toContain("Leave out completed");
    const search = await alice[via]("GET", "/api/tasks?deleted=true&q=fern");
    expectError(search, 422, "VALIDATION_ERROR", ["q"]);
    expect((await alice[via]("GET", "/api/tasks?deleted=false&completed=false")).status).toBe(200);
  });
});

describe.each(CREDENTIALS)("POST /api/tasks/{id}/restore %s", (_, via) => {
  it("returns the task with its id and times, and again when it is repeated", async () => {
    const id = await add(alice, "One");
    await alice.api("PATCH", `/api/tasks/${id}/complete`, { completed: true });
    const before = (await alice.api("GET", `/api/tasks/${id}`)).body;
    await remove(alice, id);
    expectError(await alice.api("GET", `/api/tasks/${id}`), 404, "NOT_FOUND");
    for (let n = 0; n < 2; n++) {
      const restored = await alice[via]("POST", `/api/tasks/${id}/restore`);
      expect([restored.status, restored.body]).toEqual([200, before]);
    }
    expect(await trashOf(alice)).toMatchObject({ data: [], pagination: { total: 0, pages: 0 } });
  });

  it("answers 404 for an unknown task, and for one that another user has deleted; 403 for one of another user", async () => {
    const bob = await createUser(app);
    const [deleted = 0] = await deleteTasks(bob, ["Bob's"]);
    const listed = await add(bob, "Bob's too");
    expectError(await alice[via]("POST", "/api/tasks/999999999/restore"), 404, "NOT_FOUND");
    expectError(await alice[via]("POST", `/api/tasks/${deleted}/restore`), 404, "NOT_FOUND");
    expectError(await alice[via]("POST", `/api/tasks/${listed}/restore`), 403, "FORBIDDEN");
    expect(titlesOf(await trashOf(bob))).toEqual(["Bob's"]);
  });

  it("answers 422 QUOTA_EXCEEDED while the account is full, and the task stays in the trash", async () => {
    const [id = 0] = await deleteTasks(alice, ["One"]);
    for (let n = 0; n < QUOTA; n++) await add(alice, `Task ${n}`);
    expectError(await alice[via]("POST", `/api/tasks/${id}/restore`), 422, "QUOTA_EXCEEDED");
    expect(titlesOf(await trashOf(alice))).toEqual(["One"]);
  });
});

describe("DELETE /api/tasks/{id}?permanent=true", () => {
  it("erases a deleted task, and one that is not deleted", async () => {
    const [deleted = 0] = await deleteTasks(alice, ["One"]);
    const listed = await add(alice, "Two");
    for (const id of [deleted, listed]) {
      expectNoContent(await remove(alice, id, "?permanent=true"));
      expectError(await remove(alice, id, "?permanent=true"), 404, "NOT_FOUND");
      expectError(await restore(alice, id), 404, "NOT_FOUND");
    }
    expect((await trashOf(alice)).pagination.total).toBe(0);
  });

  it("erases a task that another request moves to the trash meanwhile", async () => {
    const id = await add(alice, "Moved while it was erased");
    const row = await holdRow(app.databaseUrl, "select from task where id = $1 for update", [id]);
    const moved = remove(alice, id);
    await row.untilAwaited();
    const erased = remove(alice, id, "?permanent=true");
    await waitFor(async () => expect(await countLockWaits(app.databaseUrl)).toBe(2));
    await row.release();
    expectNoContent(await moved);
    expectNoContent(await erased);
    expect((await trashOf(alice)).pagination.total).toBe(0);
  });

  it("erases nothing of another user", async () => {
    const bob = await createUser(app);
    const [deleted = 0] = await deleteTasks(bob, ["Bob's"]);
    const listed = await add(bob, "Bob's too");
    expectError(await remove(alice, deleted, "?permanent=true"), 404, "NOT_FOUND");
    expectError(await remove(alice, listed, "?permanent=true"), 403, "FORBIDDEN");
    expect(titlesOf(await trashOf(bob))).toEqual(["Bob's"]);
    expect((await bob.api("GET", `/api/tasks/${listed}`)).status).toBe(200);
  });

  it("moves the task to the trash with false and without the parameter, and rejects other values", async () => {
    const ids = [await add(alice, "One"), await add(alice, "Two")];
    expectError(await remove(alice, ids[0] ?? 0, "?permanent=1"), 422, "VALIDATION_ERROR", ["permanent"]);
    expectNoContent(await remove(alice, ids[0] ?? 0, "?permanent=false"));
    expectNoContent(await remove(alice, ids[1] ?? 0, "?unknown=parameter"));
    expect(titlesOf(await trashOf(alice))).toEqual(["Two", "One"]);
  });
});

describe("the trash", () => {
  const rows = (user: TestUser) =>
    queryRows(app.databaseUrl, "select title from deleted_task where user_id = $1", [user.id]);

  it("holds as many tasks as the quota: those that were deleted first are erased", async () => {
    const titles = Array.from({ length: QUOTA + 3 }, (_, n) => `Task ${n}`);
    await deleteTasks(alice, titles);
    expect(titlesOf(await trashOf(alice))).toEqual(titles.slice(3).reverse());
    expect((await trashOf(alice)).pagination.total).toBe(QUOTA);
  });

  it("holds no more after concurrent deletions, restorations and erasures, none of which deadlocks", async () => {
    await deleteTasks(
      alice,
      Array.from({ length: QUOTA }, (_, n) => `Old ${n}`),
    );
    const old: { id: number }[] = (await trashOf(alice)).data;
    const fresh: number[] = [];
    for (let n = 0; n < 3; n++) fresh.push(await add(alice, `New ${n}`));
    const responses = await Promise.all([
      ...fresh.map((id) => remove(alice, id)),
      ...old.slice(0, 2).map(({ id }) => restore(alice, id)),
      ...old.slice(2, 4).map(({ id }) => remove(alice, id, "?permanent=true")),
    ]);
    expect(responses.slice(0, fresh.length).map(({ status }) => status)).toEqual(fresh.map(() => 204));
    // The limit may erase an old task before it is restored.
    for (const { status } of responses) expect([200, 204, 404]).toContain(status);
    const left = await rows(alice);
    expect(left.length).toBeLessThanOrEqual(QUOTA);
    expect(left.filter(({ title }) => title.startsWith("New"))).toHaveLength(fresh.length);
    expect((await trashOf(alice)).pagination.total).toBe(left.length);
  });

  it("of one user does not limit that of another", async () => {
    const bob = await createUser(app);
    const titles = Array.from({ length: QUOTA }, (_, n) => `Task ${n}`);
    for (const user of [alice, bob]) await deleteTasks(user, titles);
    for (const user of [alice, bob]) expect(await rows(user)).toHaveLength(QUOTA);
  });
});

describe("the pages of the trash", () => {
  it("list deleted tasks, and restore, erase and empty by forms", async () => {
    const [one = 0, two = 0] = await deleteTasks(alice, ["One", "Two", "Three", "Four"]);
    const first = await page(alice, "/trash");
    expect(first.status).toBe(200);
    for (const text of ["4 deleted tasks", "Four", "Deleted <", "Gone for good", "Empty trash"])
      expect(first.text.replaceAll("<!-- -->", "")).toContain(text);

    const restored = await alice.form("/trash", { intent: "restore", id: String(one) });
    expect([restored.status, restored.headers.get("Location")]).toEqual([302, "/trash"]);
    const notice = await page(alice, "/trash", cookiesAfter(restored, alice.cookie));
    expect(notice.text).toContain("Task restored.");
    expect(notice.text).toContain(`href="/tasks/${one}"`);
    expect((await alice.api("GET", `/api/tasks/${one}`)).body.title).toBe("One");

    const confirmation = await page(alice, `/tasks/${two}/delete?return_to=%2Ftrash`);
    expect(confirmation.text).toContain("Delete this task for good?");
    const erased = await alice.form(`/tasks/${two}/delete`, { intent: "erase", return_to: "/trash" });
    expect([erased.status, erased.headers.get("Location")]).toEqual([302, "/trash"]);
    expect(titlesOf(await trashOf(alice))).toEqual(["Four", "Three"]);

    expect((await page(alice, "/trash/empty")).text.replaceAll("<!-- -->", "")).toContain(
      "2 tasks will be deleted for good.",
    );
    const emptied = await alice.form("/trash/empty", { intent: "empty" });
    expect([emptied.status, emptied.headers.get("Location")]).toEqual([302, "/trash"]);
    expect((await page(alice, "/trash")).text).toContain("The trash is empty.");
    expect((await alice.api("GET", `/api/tasks/${one}`)).status).toBe(200);
  });

  it("a deletion that is repeated does not erase the task", async () => {
    const id = await add(alice, "One");
    const statuses = [];
    for (let n = 0; n < 2; n++)
      statuses.push((await alice.form(`/tasks/${id}/delete`, { intent: "delete" })).status);
    expect(statuses).toEqual([302, 302]);
    expect(titlesOf(await trashOf(alice))).toEqual(["One"]);
  });

  it("a form that confirms an erasure does not erase a task that was restored meanwhile", async () => {
    const [id = 0] = await deleteTasks(alice, ["One"]);
    await restore(alice, id);
    expect((await alice.form(`/tasks/${id}/delete`, { intent: "erase" })).status).toBe(404);
    expect((await alice.form("/trash", { intent: "erase", id: String(id) })).status).toBe(404);
    expect((await alice.api("GET", `/api/tasks/${id}`)).status).toBe(200);
  });

  it("say that the account is full where a task cannot be restored", async () => {
    const [id = 0] = await deleteTasks(alice, ["One"]);
    for (let n = 0; n < QUOTA; n++) await add(alice, `Task ${n}`);
    for (const path of ["/trash", `/tasks/${id}`]) {
      const rejected = await alice.form(path, { intent: "restore", id: String(id) });
      expect(rejected.status).toBe(422);
      expect(rejected.text).toMatch(/role="alert".*Delete tasks that are done/s);
    }
  });

  it("offer the last page from a page beyond it", async () => {
    await deleteTasks(alice, ["One"]);
    const beyond = (await page(alice, "/trash?page=9")).text.replaceAll("<!-- -->", "");
    expect(beyond).toContain("Page 9 is empty.");
    expect(beyond).toContain('href="/trash"');
  });
});

it("the trash of 12,000 tasks is emptied by one form", async () => {
  await queryRows(
    app.databaseUrl,
    `insert into deleted_task (id, user_id, title, completed, created_at, updated_at)
     select 1000000000 + n, $1, 'Task ' || n, false, now(), now() from generate_series(1, 12000) n`,
    [alice.id],
  );
  expect((await trashOf(alice)).pagination.total).toBe(12_000);
  expect((await alice.form("/trash", { intent: "empty" })).status).toBe(302);
  expect((await trashOf(alice)).pagination.total).toBe(0);
});
