import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { cookiesAfter, createUser, request, type TestUser } from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
let id: number;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());
beforeEach(async () => {
  alice = await createUser(app);
  const description = "See https://example.org/ferns?a=1&b=2.\n\n<b>Not</b> javascript:alert(1)";
  id = (await alice.api("POST", "/api/tasks", { title: "Water the fern", description })).body.id;
});

const open = (path: string, user = alice, cookie = user.cookie) =>
  request(app.url, "GET", path, { headers: { Cookie: cookie } });
/** The HTML without React's separators of text, and without the data for scripts. */
const readable = (text: string) => text.replaceAll("<!-- -->", "").replace(/<script.*?<\/script>/gs, "");
const taskOf = async () => (await alice.api("GET", `/api/tasks/${id}`)).body;

describe("GET /tasks/{id}", () => {
  it("shows the whole text with its links, the dates and the state", async () => {
    const { status, text } = await open(`/tasks/${id}?return_to=%2Fdashboard%3Fpage%3D2`);
    expect(status).toBe(200);
    const html = readable(text);
    expect(html).toContain(
      '<a href="https://example.org/ferns?a=1&amp;b=2" rel="noopener noreferrer nofollow"',
    );
    expect(html).toContain(".\n\n&lt;b&gt;Not&lt;/b&gt; javascript:alert(1)");
    expect(html).not.toContain('href="javascript');
    expect(html).toMatch(/Added <time /);
    expect(html).not.toContain("Changed <time");
    expect(html).toContain("Mark as done: Water the fern");
    expect(html).toContain(`href="/dashboard?page=2#task-${id}"`);
    const editPath = `/tasks/${id}/edit?return_to=${encodeURIComponent(`/tasks/${id}?return_to=%2Fdashboard%3Fpage%3D2`)}`;
    expect(html).toContain(`href="${editPath}"`);
    expect(html).toContain(`href="/tasks/${id}/delete?return_to=%2Fdashboard%3Fpage%3D2"`);
  });

  it("shows when the task was changed, and that it is done", async () => {
    await alice.api("PATCH", `/api/tasks/${id}/complete`, { completed: true });
    const html = readable((await open(`/tasks/${id}`)).text);
    expect(html).toMatch(/Changed <time .*Done <time /s);
    expect(html).toContain("Mark as open: Water the fern");
  });

  it("answers 403 for another user's task, and 404 for one that another user has deleted", async () => {
    const bob = await createUser(app);
    for (const path of [`/tasks/${id}`, `/tasks/${id}/edit`, `/tasks/${id}/delete`])
      expect((await open(path, bob)).status).toBe(403);
    await alice.api("DELETE", `/api/tasks/${id}`);
    for (const path of [`/tasks/${id}`, `/tasks/${id}/edit`, `/tasks/${id}/delete`]) {
      const page = await open(path, bob);
      expect(page.status).toBe(404);
      expect(page.text).not.toContain("Water the fern");
    }
    const saved = await bob.form(`/tasks/${id}/edit`, { intent: "save", title: "Bob", restore: "true" });
    expect(saved.status).toBe(404);
  });
});

describe("POST /tasks/{id}", () => {
  it("checks and reopens the task, and stays on its page", async () => {
    for (const [completed, notice] of [
      ["true", "Done."],
      ["false", "Back on the list."],
    ] as const) {
      const path = `/tasks/${id}?return_to=%2Fdashboard`;
      const response = await alice.form(path, { intent: "complete", completed });
      expect([response.status, response.headers.get("Location")]).toEqual([302, path]);
      expect((await open(path, alice, cookiesAfter(response, alice.cookie))).text).toContain(notice);
      expect((await taskOf()).completed).toBe(completed === "true");
    }
  });

  it("saves the edit form of an earlier release, and shows it again with its text when it is rejected", async () => {
    const fields = { intent: "save", title: "Water both", description: "", return_to: "/dashboard?page=2" };
    const saved = await alice.form(`/tasks/${id}`, fields);
    expect([saved.status, saved.headers.get("Location")]).toEqual([302, "/dashboard?page=2"]);
    expect(await taskOf()).toMatchObject({ title: "Water both", description: null });
    const rejected = await alice.form(`/tasks/${id}`, { ...fields, title: " ", description: "Typed" });
    expect(rejected.status).toBe(422);
    expect(rejected.text).toContain("Write what you want to do.");
    expect(rejected.text).toMatch(/<textarea[^>]*>\s*Typed<\/textarea>/);
  });
});

describe("the page of a deleted task", () => {
  beforeEach(() => alice.api("DELETE", `/api/tasks/${id}`));

  it("says when it was deleted and until when it is kept, and restores it", async () => {
    const html = readable((await open(`/tasks/${id}`)).text);
    for (const text of ["This task was deleted.", "Deleted <time", "Gone for good", "Back to the trash"])
      expect(html).toContain(text);
    expect(html).not.toContain("Mark as done");
    expect(html).toContain(`href="/tasks/${id}/delete?return_to=%2Ftrash"`);
    const restored = await alice.form(`/tasks/${id}`, { intent: "restore", id: String(id) });
    expect([restored.status, restored.headers.get("Location")]).toEqual([302, `/tasks/${id}`]);
    expect((await taskOf()).title).toBe("Water the fern");
  });

  it("is the answer to a check of a task that was deleted elsewhere", async () => {
    const { status, text } = await alice.form(`/tasks/${id}`, { intent: "complete", completed: "true" });
    expect(status).toBe(404);
    expect(readable(text)).toContain("This task was deleted.");
    expect(readable(text)).toContain("Restore");
  });

  it("is not lost with the text of an edit: saving says that it was deleted, then restores and saves it", async () => {
    const fields = { intent: "save", title: "Water both", description: "Typed", return_to: "/dashboard" };
    const rejected = await alice.form(`/tasks/${id}/edit`, fields);
    expect(rejected.status).toBe(404);
    const html = readable(rejected.text);
    expect(html.match(/This task was deleted\./g)).toHaveLength(1);
    expect(html).toContain('value="Water both"');
    expect(html).toContain("Restore and save");
    const [, restore] = /name="(restore)" value="true"/.exec(html) ?? [];
    expect(restore).toBe("restore");
    const saved = await alice.form(`/tasks/${id}/edit`, { ...fields, restore: "true" });
    expect([saved.status, saved.headers.get("Location")]).toEqual([302, "/dashboard"]);
    expect(await taskOf()).toMatchObject({ title: "Water both", description: "Typed" });
  });

  it("says so on the edit page too", async () => {
    const html = readable((await open(`/tasks/${id}/edit`)).text);
    expect(html).toContain("This task was deleted.");
    expect(html).toContain("Restore and save");
  });
});
