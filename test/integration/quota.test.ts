import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, type TestUser } from "../support/users.ts";

const QUOTA = 3;
let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp({ TASKS_PER_USER_MAX: String(QUOTA) });
});
afterAll(() => app?.stop());
beforeEach(async () => {
  alice = await createUser(app);
});

const add = (user: TestUser, title = "One more") => user.api("POST", "/api/tasks", { title });
async function fill(user: TestUser, tasks: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 1; n <= tasks; n++) ids.push((await add(user, `Task ${n}`)).body.id);
  return ids;
}
const countTasks = async (user: TestUser): Promise<number> =>
  (await queryRows(app.databaseUrl, "select count(*)::int as n from task where user_id = $1", [user.id]))[0]
    .n;
const countByStatus = (responses: { status: number }[]) =>
  responses.reduce<Record<number, number>>((counts, { status }) => {
    counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }, {});

describe("an account with TASKS_PER_USER_MAX tasks", () => {
  it("gets 422 QUOTA_EXCEEDED for another task until one is deleted", async () => {
    const [first] = await fill(alice, QUOTA);
    const rejected = await add(alice);
    expectError(rejected, 422, "QUOTA_EXCEEDED");
    expect(rejected.body.error.message).toContain("Delete tasks that are done");
    expect(await countTasks(alice)).toBe(QUOTA);

    await alice.api("DELETE", `/api/tasks/${first}`);
    expect((await add(alice)).status).toBe(201);
    expectError(await add(alice), 422, "QUOTA_EXCEEDED");
  });

  it("can change and complete its tasks, and limits no other account", async () => {
    const [first] = await fill(alice, QUOTA);
    expect((await alice.api("PUT", `/api/tasks/${first}`, { title: "Changed" })).status).toBe(200);
    expect((await alice.api("PATCH", `/api/tasks/${first}/complete`)).status).toBe(200);
    const bob = await createUser(app);
    expect((await add(bob)).status).toBe(201);
  });

  it("keeps what was typed into the form for a new task, and says what to do", async () => {
    await fill(alice, QUOTA);
    const page = await alice.form("/dashboard", {
      intent: "add",
      submission_id: randomUUID(),
      title: "Repot the cactus",
      description: "With gloves",
    });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/role="alert".*Delete tasks that are done/s);
    expect(page.text).toContain('value="Repot the cactus"');
    expect(page.text).toMatch(/<textarea[^>]*>\s*With gloves<\/textarea>/);
    expect(await countTasks(alice)).toBe(QUOTA);
  });

  it("accepts a repeated submission of its last task", async () => {
    await fill(alice, QUOTA - 1);
    const form = { intent: "add", submission_id: randomUUID(), title: "The last one" };
    for (let n = 0; n < 3; n++) expect((await alice.form("/dashboard", form)).status).toBe(302);
    expect(await countTasks(alice)).toBe(QUOTA);
  });

  it("cannot restore a deleted task until another one is deleted, and loses neither", async () => {
    const [first = 0, second = 0] = await fill(alice, QUOTA);
    await alice.api("DELETE", `/api/tasks/${first}`);
    await add(alice);
    const restore = () => alice.form("/dashboard", { intent: "restore", id: String(first) });
    const rejected = await restore();
    expect(rejected.status).toBe(422);
    expect(rejected.text).toContain("Delete tasks that are done");
    expect(await countTasks(alice)).toBe(QUOTA);

    await alice.api("DELETE", `/api/tasks/${second}`);
    expect((await restore()).status).toBe(302);
    expect((await alice.api("GET", `/api/tasks/${first}`)).body.title).toBe("Task 1");
  });
});

describe("with room for one more task", () => {
  it("one of twelve concurrent requests adds it", async () => {
    await fill(alice, QUOTA - 1);
    const responses = await Promise.all(Array.from({ length: 12 }, () => add(alice)));
    expect(countByStatus(responses)).toEqual({ 201: 1, 422: 11 });
    expect(await countTasks(alice)).toBe(QUOTA);
  });

  it("the first tasks of an account, all added at once, fill the quota exactly", async () => {
    const responses = await Promise.all(Array.from({ length: 12 }, () => add(alice)));
    expect(countByStatus(responses)).toEqual({ 201: QUOTA, 422: 12 - QUOTA });
    expect(await countTasks(alice)).toBe(QUOTA);
  });

  it("one of several concurrent requests adds or restores it", async () => {
    const deleted = await fill(alice, QUOTA);
    for (const id of deleted) await alice.api("DELETE", `/api/tasks/${id}`);
    await fill(alice, QUOTA - 1);
    const responses = await Promise.all([
      ...deleted.map((id) => alice.form("/dashboard", { intent: "restore", id: String(id) })),
      ...Array.from({ length: 5 }, () => add(alice)),
    ]);
    expect(responses.filter(({ status }) => status === 201 || status === 302)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 422)).toHaveLength(responses.length - 1);
    expect(await countTasks(alice)).toBe(QUOTA);
  });

  it("tasks added while the account is deleted neither survive nor cause a deadlock", async () => {
    const responses = await Promise.all([
      alice.api("DELETE", "/api/auth/account", { password: "a lantern by the river" }),
      ...Array.from({ length: 12 }, () => add(alice)),
    ]);
    expect(responses[0]?.status).toBe(204);
    for (const { status } of responses.slice(1)) expect([201, 401, 422]).toContain(status);
    const left =
      "select user_id from task_count where user_id = $1 union all select user_id from task where user_id = $1";
    expect(await queryRows(app.databaseUrl, left, [alice.id])).toEqual([]);
  });
});
