import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cleanUp } from "#app/services/housekeeping.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { queryRows } from "../support/sql.ts";
import { cookiesAfter, createUser, PASSWORD, request, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());
beforeEach(async () => {
  alice = await createUser(app);
});

const tasksOf = async (user: TestUser) => (await user.api("GET", "/api/tasks")).body.data;
const deletedTasksOf = (user: TestUser) =>
  queryRows(app.databaseUrl, "select * from deleted_task where user_id = $1", [user.id]);

async function createThreeTasks(): Promise<number[]> {
  const ids: number[] = [];
  for (const title of ["One", "Two", "Three"])
    ids.push((await alice.api("POST", "/api/tasks", { title, description: "With words" })).body.id);
  return ids;
}

describe("a deleted task", () => {
  it("is restored unchanged and in its place by the Undo of the next page", async () => {
    const [, two] = await createThreeTasks();
    await alice.api("PATCH", `/api/tasks/${two}/complete`, { completed: true });
    const before = await tasksOf(alice);

    const deleted = await alice.form(`/tasks/${two}/delete`, { return_to: "/dashboard?show=done" });
    expect(deleted.status).toBe(302);
    expect(await tasksOf(alice)).toHaveLength(2);
    const cookies = cookiesAfter(deleted, alice.cookie);
    const page = await request(app.url, "GET", "/dashboard?show=done", {
      headers: { Cookie: cookies },
    });
    expect(page.text).toMatch(/role="status".*Task deleted\..*name="intent" value="restore".*Undo/s);
    expect(page.text).toContain(`name="id" value="${two}"`);
    expect(page.text).toMatch(/role="status".*Task deleted\..*<a [^>]*href="\/trash"/s);
    expect(cookiesAfter(page, cookies)).toBe(cookies);
    // A reload without JavaScript shows it again.
    const reloaded = await request(app.url, "GET", "/dashboard?show=done", {
      headers: { Cookie: cookiesAfter(page, cookies) },
    });
    expect(reloaded.text).toContain("Undo");

    const undone = await alice.form("/dashboard?show=done", { intent: "restore", id: String(two) });
    expect(undone.status).toBe(302);
    expect(undone.headers.get("Location")).toBe("/dashboard?show=done");
    expect(await tasksOf(alice)).toEqual(before);
    expect(await deletedTasksOf(alice)).toEqual([]);
  });

  it("has no Undo button for the next user of the same browser", async () => {
    const [one = 0] = await createThreeTasks();
    const deleted = await alice.form(`/tasks/${one}/delete`, { return_to: "/dashboard" });
    const cookies = cookiesAfter(deleted, alice.cookie);
    const post = (path: string, body: string) =>
      request(app.url, "POST", path, {
        body,
        headers: {
          Cookie: cookies,
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": "application/x-www-form-urlencoded",
        },
      });
    expect(cookiesAfter(await post("/signout", ""), cookies)).toMatch(/^tock-notice=[^;]+$/);

    // The session has ended, so the browser still has the notice when another user signs in.
    const bob = await createUser(app);
    const form = new URLSearchParams({ email: bob.email, password: PASSWORD });
    const signedIn = await post("/signin", form.toString());
    expect(signedIn.status).toBe(302);
    expect(cookiesAfter(signedIn, cookies)).toMatch(/^tock=[^;]+; tock-device=[^;]+$/);
  });

  it("is restored once by eight concurrent requests, which all succeed", async () => {
    const [one = 0] = await createThreeTasks();
    await alice.api("DELETE", `/api/tasks/${one}`);
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => alice.form("/dashboard", { intent: "restore", id: String(one) })),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(302));
    expect((await tasksOf(alice)).filter(({ id }: { id: number }) => id === one)).toHaveLength(1);
  });

  it("cannot be restored by another user", async () => {
    const [one = 0] = await createThreeTasks();
    await alice.api("DELETE", `/api/tasks/${one}`);
    const bob = await createUser(app);
    const response = await bob.form("/dashboard", { intent: "restore", id: String(one) });
    expect(response.status).toBe(404);
    expect(await tasksOf(bob)).toEqual([]);
    expect(await deletedTasksOf(alice)).toHaveLength(1);
  });

  it("is erased by housekeeping after 30 days and cannot be restored", async () => {
    const [one = 0, two = 0] = await createThreeTasks();
    for (const id of [one, two]) await alice.api("DELETE", `/api/tasks/${id}`);
    const moveBack = "update deleted_task set deleted_at = now() - interval '30 days 1 minute' where id = $1";
    const notYet = "update deleted_task set deleted_at = now() - interval '29 days 23 hours' where id = $1";
    await queryRows(app.databaseUrl, moveBack, [one]);
    await queryRows(app.databaseUrl, notYet, [two]);
    openTestDatabase(app.databaseUrl);
    try {
      await cleanUp();
    } finally {
      await closeDatabase();
    }
    expect((await deletedTasksOf(alice)).map(({ id }) => Number(id))).toEqual([two]);

    const response = await alice.form("/dashboard", { intent: "restore", id: String(one) });
    expect(response.status).toBe(404);
    expect(response.text).toContain("Task not found.");
    expect(response.text).toContain('aria-label="Add a task"');
  });

  it("is erased after 30 days, like expired sessions, when a server starts", async () => {
    const [one = 0] = await createThreeTasks();
    await alice.api("DELETE", `/api/tasks/${one}`);
    await queryRows(app.databaseUrl, "update deleted_task set deleted_at = now() - interval '31 days'");
    const expire = "update session set expires_at = now() where user_id = $1 returning id";
    expect(await queryRows(app.databaseUrl, expire, [alice.id])).toHaveLength(1);
    const secondServer = await startApp({ DATABASE_URL: app.databaseUrl });
    try {
      await waitFor(async () => {
        expect(await deletedTasksOf(alice)).toEqual([]);
        const sessions = "select id from session where user_id = $1";
        expect(await queryRows(app.databaseUrl, sessions, [alice.id])).toEqual([]);
      });
    } finally {
      await secondServer.stop();
    }
  });

  it("is removed when its account is deleted", async () => {
    const [one = 0] = await createThreeTasks();
    await alice.api("DELETE", `/api/tasks/${one}`);
    await queryRows(app.databaseUrl, `delete from "user" where id = $1`, [alice.id]);
    expect(await deletedTasksOf(alice)).toEqual([]);
  });
});

describe("the form for a new task", () => {
  const titles = async () => (await tasksOf(alice)).map(({ title }: { title: string }) => title);

  it("adds one task when it is submitted ten times concurrently", async () => {
    const form = { intent: "add", submission_id: randomUUID(), title: "Buy milk", description: "" };
    const responses = await Promise.all(Array.from({ length: 10 }, () => alice.form("/dashboard", form)));
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(302));
    expect(await titles()).toEqual(["Buy milk"]);
  });

  it("has a new submission id on each page, so that the same title can be added again", async () => {
    const readSubmissionId = async () => {
      const page = await request(app.url, "GET", "/dashboard", { headers: { Cookie: alice.cookie } });
      return /name="submission_id" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    };
    const submissionIds = [await readSubmissionId(), await readSubmissionId()];
    expect(submissionIds[0]).not.toBe(submissionIds[1]);
    for (const submission_id of submissionIds)
      await alice.form("/dashboard", { intent: "add", submission_id, title: "Buy milk" });
    expect(await titles()).toEqual(["Buy milk", "Buy milk"]);
  });

  it("adds another task for the same submission id with another title, as after going back", async () => {
    const submission_id = randomUUID();
    for (const title of ["One", "Two"])
      await alice.form("/dashboard", { intent: "add", submission_id, title });
    expect(await titles()).toEqual(["Two", "One"]);
  });

  it("adds a task for each request without a submission id", async () => {
    for (let i = 0; i < 2; i++) await alice.form("/dashboard", { intent: "add", title: "Buy milk" });
    expect(await titles()).toEqual(["Buy milk", "Buy milk"]);
  });

  it("stores a line break that the browser sends as CRLF as one character", async () => {
    const lines = Array.from({ length: 500 }, () => "a").join("\n");
    const typed = `${lines}\n`;
    await alice.form("/dashboard", {
      intent: "add",
      title: "Lines",
      description: typed.replaceAll("\n", "\r\n"),
    });
    expect((await tasksOf(alice))[0].description).toBe(lines);
  });

  it("adds one task for each of two users with the same submission id and title", async () => {
    const bob = await createUser(app);
    const form = { intent: "add", submission_id: randomUUID(), title: "Buy milk" };
    for (const user of [alice, bob]) await user.form("/dashboard", form);
    for (const user of [alice, bob]) expect(await tasksOf(user)).toHaveLength(1);
  });
});
