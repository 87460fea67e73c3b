import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { addSession, holdRequests, openHydrated, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { editLink, focusedName, openSignedIn, row, titleField } from "../support/signed-in-page.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";

const suite = setUpBrowserSuite();

const open = (options: Parameters<typeof openSignedIn>[1] = {}) => openSignedIn(suite, options);

const endSessions = (user: TestUser) =>
  queryRows(suite.app.databaseUrl, "delete from session where user_id = $1", [user.id]);

async function signInByForm(page: Page, { email }: TestUser): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];

describe.each(MODES)("an ended session, $mode", ({ javaScriptEnabled }) => {
  test("keeps a new task through sign-in and adds it only when it is sent again", async () => {
    const { page, user } = await open({ javaScriptEnabled });
    await endSessions(user);
    await titleField(page).fill("Water the fern");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/signin**");
    await page.getByText("You were signed out. Your text is safe.").waitFor();
    await signInByForm(page, user);
    await page.waitForURL("**/dashboard");
    await expect.poll(() => titleField(page).inputValue()).toBe("Water the fern");
    await page.getByText("You were signed out. Your text is safe.").waitFor();
    const titles = () =>
      queryRows(suite.app.databaseUrl, "select title from task where user_id = $1", [user.id]);
    expect(await titles()).toEqual([]);
    await page.getByRole("button", { name: "Add task" }).click();
    // The row has the link when the response has arrived.
    await row(page, "Water the fern").getByRole("link", { name: /^Edit/ }).waitFor();
    await expect.poll(titles).toEqual([{ title: "Water the fern" }]);
    await page.goto("/dashboard");
    await expect.poll(() => titleField(page).inputValue()).toBe("");
  });

  test("keeps an edited task through sign-in", async () => {
    const { page, user } = await open({ javaScriptEnabled, titles: ["Water the fern"] });
    await editLink(page, "Water the fern").click();
    await page.getByLabel("Title").fill("Water the ivy");
    await page.getByLabel("Description").last().fill("In the hall");
    await endSessions(user);
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.waitForURL("**/signin**");
    await signInByForm(page, user);
    await page.waitForURL("**/tasks/**");
    await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Water the ivy");
    await expect.poll(() => page.getByLabel("Description").last().inputValue()).toBe("In the hall");
    await page.getByRole("button", { name: /^Save/ }).click();
    await row(page, "Water the ivy").waitFor();
  });

  test.each([
    ["checked", true],
    ["unchecked", false],
  ])("keeps a Done checkbox that was %s on the edit page through sign-in", async (_, checked) => {
    const { page, user } = await open({ javaScriptEnabled });
    const { id } = (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body;
    if (!checked) await user.api("PATCH", `/api/tasks/${id}/complete`);
    await page.goto(`/tasks/${id}/edit`);
    await page.getByLabel("Done").setChecked(checked);
    await endSessions(user);
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.waitForURL("**/signin**");
    await signInByForm(page, user);
    await page.waitForURL(`**/tasks/${id}/edit**`);
    await expect.poll(() => page.getByLabel("Done").isChecked()).toBe(checked);
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.waitForURL(`**/tasks/${id}`);
    const completed = () =>
      queryRows(suite.app.databaseUrl, "select completed from task where id = $1", [id]);
    expect(await completed()).toEqual([{ completed: checked }]);
  });

  test("does not show the text to another user who signs in", async () => {
    const { page, user } = await open({ javaScriptEnabled });
    await endSessions(user);
    await titleField(page).fill("A secret");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/signin**");
    await signInByForm(page, await createUser(suite.app));
    await page.waitForURL("**/dashboard");
    if (javaScriptEnabled) await waitForHydration(page);
    await expect.poll(() => titleField(page).inputValue()).toBe("");
    expect(await page.content()).not.toContain("A secret");
  });
});

test("returning to a tab whose session has ended keeps the text that is being typed", async () => {
  const { page, user } = await open();
  await titleField(page).pressSequentially("Half a thought");
  await endSessions(user);
  await page.waitForTimeout(2_100);
  const checked = page.waitForResponse((response) => response.status() === 401);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await checked;
  await page.getByText("You were signed out. Your text is safe.").waitFor();
  expect(new URL(page.url()).pathname).toBe("/dashboard");
  await expect.poll(() => titleField(page).inputValue()).toBe("Half a thought");
});

test("leaving the edit page while its text is being saved keeps the text", async () => {
  const { page, user } = await open();
  const { id } = (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  await openHydrated(page, `/tasks/${id}/edit`);
  await holdRequests(page, `**/tasks/${id}/edit.data**`, "POST");
  await page.getByLabel("Title").fill("Water the ivy");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByRole("button", { name: "Saving…" }).waitFor();
  await page.getByRole("link", { name: "Tock" }).click();
  await row(page, "Water the fern").waitFor();
  await page.goto(`/tasks/${id}/edit`);
  await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Water the ivy");
});

test("a tab drops what a user has typed when another user has signed in from another tab", async () => {
  const { page } = await open();
  await titleField(page).pressSequentially("A secret");
  const other = await createUser(suite.app);
  await addSession(page.context(), suite.app.url, other);
  await page.waitForTimeout(2_100);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect.poll(() => titleField(page).inputValue()).toBe("");
  await titleField(page).pressSequentially("Mine");
  await page.reload();
  await expect.poll(() => titleField(page).inputValue()).toBe("Mine");
  expect(await page.content()).not.toContain("A secret");
});

test("two tasks that are added after the session has ended both survive the sign-in", async () => {
  const { page, user, errors } = await open();
  await endSessions(user);
  // Both are sent before the first answer leads to the sign-in page.
  let posts = 0;
  let release = () => {};
  const bothSent = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/dashboard.data**", async (route) => {
    if (route.request().method() === "POST") {
      posts += 1;
      if (posts === 2) release();
      await bothSent;
    }
    await route.continue();
  });
  for (const title of ["Water the fern", "Buy bread"]) {
    await titleField(page).fill(title);
    await page.keyboard.press("Enter");
  }
  await page.waitForURL("**/signin**");
  await signInByForm(page, user);
  await page.waitForURL("**/dashboard");
  await waitForHydration(page);
  // The cookie holds one of them, whichever answer came last.
  const shown = async () => [
    await titleField(page).inputValue(),
    await page.getByRole("alert").filter({ hasText: "may not have been added" }).allInnerTexts(),
  ];
  await expect.poll(async () => (await shown()).join()).toContain("It may not have been added.");
  await page.getByRole("button", { name: "Add task" }).click();
  await page.getByRole("button", { name: "Try again" }).click();
  for (const title of ["Water the fern", "Buy bread"])
    await row(page, title).getByRole("link", { name: /^Edit/ }).waitFor();
  await page.reload();
  await waitForHydration(page);
  expect(await shown()).toEqual(["", []]);
  expect(errors).toEqual([]);
});

test("a task that waited for a sign-in and one that was half typed meanwhile both survive", async () => {
  const { page, user, errors } = await open();
  await endSessions(user);
  const release = await holdRequests(page, "**/dashboard.data**", "POST");
  await titleField(page).fill("Water the fern");
  await page.keyboard.press("Enter");
  await expect.poll(() => titleField(page).inputValue()).toBe("");
  await titleField(page).fill("Half a thought");
  release();
  await page.waitForURL("**/signin**");
  await signInByForm(page, user);
  await page.waitForURL("**/dashboard");
  await page.getByText("“Half a thought”: Not added yet.").waitFor();
  expect(await titleField(page).inputValue()).toBe("Water the fern");
  await titleField(page).pressSequentially("s");
  await page.reload();
  await waitForHydration(page);
  await expect.poll(() => titleField(page).inputValue()).toBe("Water the ferns");
  await page.keyboard.press("Enter");
  await row(page, "Water the ferns").getByRole("link", { name: /^Edit/ }).waitFor();
  await page.goto("/dashboard");
  await page.getByText("“Half a thought”: Not added yet.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, "Half a thought").getByRole("link", { name: /^Edit/ }).waitFor();
  expect(errors).toEqual([]);
});

test("a click on the logo after the session has ended keeps the drafts", async () => {
  const { page, user } = await open();
  await titleField(page).fill("Half a thought");
  await endSessions(user);
  await page.getByRole("link", { name: "Tock", exact: true }).click();
  await page.getByRole("heading", { name: "Write it down. Check it off." }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).first().click();
  await signInByForm(page, user);
  await page.waitForURL("**/dashboard");
  await expect.poll(() => titleField(page).inputValue()).toBe("Half a thought");
});

describe.each([
  { session: "a valid session", ended: false },
  { session: "an ended session", ended: true },
])("a sign-out with $session", ({ ended }) => {
  test.each([
    ["the header", "/dashboard"],
    ["a page that is loaded as a document", "/signout"],
  ])("by the button of %s removes the drafts", async (_, path) => {
    const { page, user } = await open();
    await titleField(page).fill("Half a thought");
    if (path === "/signout") await page.goto(path);
    if (ended) await endSessions(user);
    await page.locator("main, header").getByRole("button", { name: "Sign out" }).last().click();
    await page.waitForURL(`${suite.app.url}/`);
    await page.getByText("You're signed out.").waitFor();
    const stored = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    await expect.poll(stored).not.toContain("Half a thought");
  });
});

test("a task whose answer is lost is listed with the network error, and a retry adds no second task", async () => {
  const { page, user, errors } = await open();
  await page.route("**/dashboard.data**", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await route.fetch();
    await route.abort();
  });
  await titleField(page).fill("Water the fern");
  await page.keyboard.press("Enter");
  await titleField(page).pressSequentially("Half a thought");
  const message = page.getByText("“Water the fern”: Can't reach Tock. Your text is still here.");
  await message.waitFor();
  await page.unrouteAll();
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Try again" }).click();
  expect((await answered).ok()).toBe(true);
  await message.waitFor({ state: "detached" });
  const titles = await queryRows(suite.app.databaseUrl, "select title from task where user_id = $1", [
    user.id,
  ]);
  expect(titles).toEqual([{ title: "Water the fern" }]);
  expect(errors).toEqual([]);
});

describe("a rejected task", () => {
  test("leaves the focus in quick add, so that the next words do not trigger shortcuts", async () => {
    const { page, errors } = await open({ titles: ["Water the fern"] });
    await titleField(page).fill("Buy milk");
    await page.context().setOffline(true);
    await page.keyboard.press("Enter");
    const alert = page.getByRole("alert").filter({ hasText: "Can't reach Tock. Your text is still here." });
    await alert.waitFor();
    expect(await focusedName(page)).toBe("New task");
    const [field, message] = [await titleField(page).boundingBox(), await alert.boundingBox()];
    expect(message?.y).toBeGreaterThan((field?.y ?? 0) + (field?.height ?? 0) - 1);
    await page.keyboard.type("je Bread");
    await expect.poll(() => titleField(page).inputValue()).toBe("je Bread");
    await page.getByText("“Buy milk”: Can't reach Tock.", { exact: false }).waitFor();
    await expect.poll(() => page.getByLabel("Title").count()).toBe(0);
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await row(page, "Buy milk").getByRole("link", { name: /^Edit/ }).waitFor();
    await expect.poll(() => titleField(page).inputValue()).toBe("je Bread");
    expect(errors).toEqual([]);
  });
});

describe("offline", () => {
  test("a click on a filter or Settings leaves the page and its text in place", async () => {
    const { page, errors } = await open({ titles: ["Water the fern"] });
    await titleField(page).fill("Written on a train");
    await page.context().setOffline(true);
    await page.getByText("You're offline", { exact: false }).first().waitFor();
    for (const name of ["Done", "Settings"]) await page.getByRole("link", { name }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/dashboard");
    await expect.poll(() => titleField(page).inputValue()).toBe("Written on a train");
    await page.context().setOffline(false);
    await page.getByText("You're offline", { exact: false }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Done" }).click();
    await page.waitForURL("**show=done");
    expect(errors).toEqual([]);
  });

  test("the parts that are loaded on demand work, and the page stays", async () => {
    const { page, errors } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.waitForFunction(() => {
      const loaded = new Set(performance.getEntriesByType("resource").map(({ name }) => name));
      const preloads = [...document.querySelectorAll<HTMLLinkElement>("link[rel=modulepreload]")];
      return (
        preloads.some(({ href }) => href.includes("/assets/character-count-")) &&
        preloads.every(({ href }) => loaded.has(href))
      );
    });
    const preloaded = await page.evaluate(() => document.head.innerHTML);
    expect(preloaded).toContain("/assets/saved-text-");
    expect(preloaded).not.toContain("common-passwords");
    await page.context().setOffline(true);
    await page.getByText("You're offline", { exact: false }).first().waitFor();
    await titleField(page).fill("x".repeat(190));
    await page.getByText("10 characters left").first().waitFor();
    await page.evaluate(() => navigator.clipboard.writeText("Milk\nBread"));
    await page.keyboard.press("Control+v");
    await page.getByRole("dialog", { name: "Add 2 tasks?" }).getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await page.getByRole("dialog").waitFor();
    expect(errors).toEqual([]);
  });

  test("a part whose script was not loaded is left out, and the page stays", async () => {
    const { page, errors } = await open({ path: "/settings" });
    await page.context().route(/page-scripts|character-count/, (route) => route.abort());
    await page.goto("/dashboard");
    await waitForHydration(page);
    const failed = page.waitForEvent("requestfailed", (request) => request.url().includes("character-count"));
    await titleField(page).fill("x".repeat(190));
    await failed;
    await titleField(page).press("End");
    await titleField(page).pressSequentially("y");
    await expect.poll(() => titleField(page).inputValue()).toBe(`${"x".repeat(190)}y`);
    expect(errors).toEqual([]);
  });

  test("a new task that is not sent comes back after a reload, after Back, and not for another user", async () => {
    const { page } = await open();
    await titleField(page).fill("Written on a train");
    await page.reload();
    await waitForHydration(page);
    await expect.poll(() => titleField(page).inputValue()).toBe("Written on a train");
    await page.getByRole("link", { name: "Settings" }).click();
    await page.waitForURL("**/settings");
    await page.goBack();
    await expect.poll(() => titleField(page).inputValue()).toBe("Written on a train");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${suite.app.url}/`);
    const stored = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    await expect.poll(stored).not.toContain("Written on a train");
  });
});

describe("the inline editor", () => {
  test("keeps changes on Escape, another pencil and Settings, and says so", async () => {
    const { page, errors } = await open({ titles: ["Water the fern", "Buy bread"] });
    await editLink(page, "Water the fern").click();
    await page.getByLabel("Title").fill("Water the ivy");
    await page.keyboard.press("Escape");
    await row(page, "Water the fern").getByText("Not saved yet").waitFor();
    await editLink(page, "Water the fern").click();
    await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Water the ivy");
    await editLink(page, "Buy bread").click();
    await row(page, "Water the fern").getByText("Not saved yet").waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.waitForURL("**/settings");
    await page.getByRole("link", { name: "Tasks" }).click();
    await editLink(page, "Water the fern").click();
    await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Water the ivy");
    await page.keyboard.press("Control+Enter");
    await row(page, "Water the ivy").waitFor();
    await expect.poll(() => page.getByText("Not saved yet").count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test("keeps a description that was emptied", async () => {
    const { page, user } = await open();
    await user.api("POST", "/api/tasks", { title: "Water the fern", description: "In the hall" });
    await page.reload();
    await waitForHydration(page);
    const description = page.locator(".editor").getByLabel("Description");
    await editLink(page, "Water the fern").click();
    await description.fill("");
    await page.keyboard.press("Escape");
    await row(page, "Water the fern").getByText("Not saved yet").waitFor();
    await editLink(page, "Water the fern").click();
    await expect.poll(() => description.inputValue()).toBe("");
    const newDescription = page.locator("details").getByLabel("Description");
    await titleField(page).fill("Buy bread");
    await page.reload();
    await waitForHydration(page);
    await expect.poll(() => titleField(page).inputValue()).toBe("Buy bread");
    expect(await newDescription.isVisible()).toBe(false);
  });

  test("discards changes on Cancel", async () => {
    const { page } = await open({ titles: ["Water the fern"] });
    await editLink(page, "Water the fern").click();
    await page.getByLabel("Title").fill("Water the ivy");
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => page.getByText("Not saved yet").count()).toBe(0);
    await editLink(page, "Water the fern").click();
    await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Water the fern");
  });
});

test("pasted lines become several tasks in the same order after one confirmation", async () => {
  const { page, user, errors } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.evaluate(() => navigator.clipboard.writeText("Milk\r\n\r\n  Bread  \nEggs\n"));
  await titleField(page).focus();
  await page.keyboard.press("Control+v");
  const dialog = page.getByRole("dialog", { name: "Add 3 tasks?" });
  await dialog.waitFor();
  expect((await user.api("GET", "/api/tasks")).body.data).toEqual([]);
  await dialog.getByRole("button", { name: "Add 3 tasks" }).click();
  await dialog.waitFor({ state: "detached" });
  await row(page, "Eggs").waitFor();
  const titles = async () =>
    (await user.api("GET", "/api/tasks")).body.data.map(({ title }: { title: string }) => title);
  await expect.poll(titles).toEqual(["Milk", "Bread", "Eggs"]);
  await expect.poll(() => titleField(page).inputValue()).toBe("");
  expect(errors).toEqual([]);
});

test("pasted lines that are confirmed after the session has ended are offered again after the sign-in", async () => {
  const { page, user, errors } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.evaluate(() => navigator.clipboard.writeText("Milk\nBread\nEggs"));
  await titleField(page).focus();
  await page.keyboard.press("Control+v");
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Add 3 tasks" });
  await confirm.waitFor();
  await endSessions(user);
  await confirm.click();
  await page.waitForURL("**/signin**");
  await signInByForm(page, user);
  await page.waitForURL("**/dashboard");
  await confirm.click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.reload();
  await waitForHydration(page);
  expect(await page.getByRole("dialog").count()).toBe(0);
  const tasks = await queryRows(suite.app.databaseUrl, "select title from task where user_id = $1", [
    user.id,
  ]);
  expect(tasks).toHaveLength(3);
  expect(errors).toEqual([]);
});
