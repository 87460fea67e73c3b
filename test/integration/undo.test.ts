import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { cleanUp } from "#app/services/housekeeping.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { queryRows } from "../support/sql.ts";
import { openTestDatabase } from "../support/test-database.ts";
import { cookieOf, createUser, request, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
});
afterAll(() => tock?.stop());
beforeEach(async () => {
  ann = await createUser(tock);
});

const tasksOf = async (person: TestUser) => (await person.api("GET", "/api/tasks")).body.data;
const keptAside = (person: TestUser) =>
  queryRows(tock.databaseUrl, "select * from deleted_task where user_id = $1", [person.id]);

async function threeTasks(): Promise<number[]> {
  const ids = [];
  for (const title of ["One", "Two", "Three"])
    ids.push((await ann.api("POST", "/api/tasks", { title, description: "With words" })).body.id);
  return ids;
}

describe("a deletion", () => {
  it("is undone from the page that follows it: the task is as it was, in its place", async () => {
    const [, two] = await threeTasks();
    await ann.api("PATCH", `/api/tasks/${two}/complete`, { completed: true });
    const before = await tasksOf(ann);

    const deleted = await ann.form(`/tasks/${two}/delete`, { return_to: "/dashboard?show=done" });
    expect(deleted.status).toBe(302);
    expect(await tasksOf(ann)).toHaveLength(2);
    const page = await request(tock.url, "GET", "/dashboard?show=done", {
      headers: { Cookie: cookieOf(deleted) },
    });
    expect(page.text).toMatch(/role="status".*Task deleted\..*name="intent" value="restore".*Undo/s);
    expect(page.text).toContain(`name="id" value="${two}"`);
    const later = await request(tock.url, "GET", "/dashboard", { headers: { Cookie: cookieOf(page) } });
    expect(later.text).not.toContain("Undo");

    const undone = await ann.form("/dashboard?show=done", { intent: "restore", id: String(two) });
    expect(undone.status).toBe(302);
    expect(undone.headers.get("Location")).toBe("/dashboard?show=done");
    expect(await tasksOf(ann)).toEqual(before);
    expect(await keptAside(ann)).toEqual([]);
  });

  it("undone twice at once brings one task back, and both are told so", async () => {
    const [one = 0] = await threeTasks();
    await ann.api("DELETE", `/api/tasks/${one}`);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ann.form("/dashboard", { intent: "restore", id: String(one) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(302));
    expect((await tasksOf(ann)).filter(({ id }: { id: number }) => id === one)).toHaveLength(1);
  });

  it("can be undone by its owner alone", async () => {
    const [one = 0] = await threeTasks();
    await ann.api("DELETE", `/api/tasks/${one}`);
    const bob = await createUser(tock);
    const answer = await bob.form("/dashboard", { intent: "restore", id: String(one) });
    expect(answer.status).toBe(404);
    expect(await tasksOf(bob)).toEqual([]);
    expect(await keptAside(ann)).toHaveLength(1);
  });

  it("is final after an hour, when housekeeping erases the task", async () => {
    const [one = 0, two = 0] = await threeTasks();
    for (const id of [one, two]) await ann.api("DELETE", `/api/tasks/${id}`);
    const older = "update deleted_task set deleted_at = now() - interval '61 minutes' where id = $1";
    await queryRows(tock.databaseUrl, older, [one]);
    openTestDatabase(tock.databaseUrl);
    try {
      await cleanUp();
    } finally {
      await closeDatabase();
    }
    expect((await keptAside(ann)).map(({ id }) => Number(id))).toEqual([two]);

    const late = await ann.form("/dashboard", { intent: "restore", id: String(one) });
    expect(late.status).toBe(404);
    expect(late.text).toContain("There is no such task.");
    expect(late.text).toContain("Your tasks");
  });

  it("is erased by a Tock that starts, and sessions that have ended go with it", async () => {
    const [one = 0] = await threeTasks();
    await ann.api("DELETE", `/api/tasks/${one}`);
    await queryRows(tock.databaseUrl, "update deleted_task set deleted_at = now() - interval '61 minutes'");
    const ended = "update session set expires_at = now() where user_id = $1 returning id";
    expect(await queryRows(tock.databaseUrl, ended, [ann.id])).toHaveLength(1);
    const another = await startApp({ DATABASE_URL: tock.databaseUrl });
    try {
      await vi.waitFor(async () => {
        expect(await keptAside(ann)).toEqual([]);
        const left = "select id from session where user_id = $1";
        expect(await queryRows(tock.databaseUrl, left, [ann.id])).toEqual([]);
      }, 5_000);
    } finally {
      await another.stop();
    }
  });

  it("leaves nothing aside of an account that is deleted", async () => {
    const [one = 0] = await threeTasks();
    await ann.api("DELETE", `/api/tasks/${one}`);
    await queryRows(tock.databaseUrl, `delete from "user" where id = $1`, [ann.id]);
    expect(await keptAside(ann)).toEqual([]);
  });
});

describe("a form for a new task", () => {
  const titles = async () => (await tasksOf(ann)).map(({ title }: { title: string }) => title);

  it("sent many times at once adds one task", async () => {
    const form = { intent: "add", mark: randomUUID(), title: "Buy milk", description: "" };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ann.form("/dashboard", form)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(302));
    expect(await titles()).toEqual(["Buy milk"]);
  });

  it("comes with a mark of its own each time, so that the same words can be written again", async () => {
    const read = async () => {
      const page = await request(tock.url, "GET", "/dashboard", { headers: { Cookie: ann.cookie } });
      return /name="mark" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    };
    const marks = [await read(), await read()];
    expect(marks[0]).not.toBe(marks[1]);
    for (const mark of marks) await ann.form("/dashboard", { intent: "add", mark, title: "Buy milk" });
    expect(await titles()).toEqual(["Buy milk", "Buy milk"]);
  });

  it("sent again from a page that was gone back to, with other words, is another task", async () => {
    const mark = randomUUID();
    for (const title of ["One", "Two"]) await ann.form("/dashboard", { intent: "add", mark, title });
    expect(await titles()).toEqual(["Two", "One"]);
  });

  it("without a mark, from a program, adds a task each time", async () => {
    for (let i = 0; i < 2; i++) await ann.form("/dashboard", { intent: "add", title: "Buy milk" });
    expect(await titles()).toEqual(["Buy milk", "Buy milk"]);
  });

  it("counts and keeps a line break as the one character that was typed, however the browser sends it", async () => {
    const lines = Array.from({ length: 500 }, () => "a").join("\n");
    const typed = `${lines}\n`;
    await ann.form("/dashboard", {
      intent: "add",
      title: "Lines",
      description: typed.replaceAll("\n", "\r\n"),
    });
    expect((await tasksOf(ann))[0].description).toBe(lines);
  });

  it("of two people with the same mark and words each has their own", async () => {
    const bob = await createUser(tock);
    const form = { intent: "add", mark: randomUUID(), title: "Buy milk" };
    for (const person of [ann, bob]) await person.form("/dashboard", form);
    for (const person of [ann, bob]) expect(await tasksOf(person)).toHaveLength(1);
  });
});
