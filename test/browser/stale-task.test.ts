import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { holdRequests, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { editLink, holdNotice, openSignedIn, row } from "../support/signed-in-page.ts";
import { queryRows } from "../support/sql.ts";
import { PASSWORD, type TestUser } from "../support/users.ts";

const suite = setUpBrowserSuite();
const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];
const FERN = "Water the fern";

const title = (page: Page) => page.getByRole("textbox", { name: "Title" });
const description = (page: Page) => page.getByRole("textbox", { name: "Description" }).last();
const save = (page: Page) => page.getByRole("button", { name: /^Save/ }).click();
const tasksOf = async (user: TestUser) => (await user.api("GET", "/api/tasks")).body.data;
const pathOf = async (user: TestUser) => `/api/tasks/${(await tasksOf(user))[0].id}`;

describe.each(MODES)("a task that was changed elsewhere, $mode", ({ javaScriptEnabled }) => {
  /** Opens the editor of a task: within the list with JavaScript, else a page. */
  async function openEditor() {
    const opened = await openSignedIn(suite, { javaScriptEnabled, titles: [FERN] });
    await editLink(opened.page, FERN).click();
    await title(opened.page).waitFor();
    return opened;
  }

  test("keeps both changes when they are of different fields", async () => {
    const { page, user, errors } = await openEditor();
    await title(page).fill("Water the ivy");
    await user.api("PUT", await pathOf(user), { description: "In the hall" });
    await user.api("PATCH", `${await pathOf(user)}/complete`, { completed: true });
    await save(page);
    await page.getByRole("status").getByText("Saved.").waitFor();
    await expect
      .poll(() => tasksOf(user))
      .toMatchObject([{ title: "Water the ivy", description: "In the hall", completed: true, version: 4 }]);
    expect(errors).toEqual([]);
  });

  test("shows yours and theirs of the same field, saves nothing, then saves yours", async () => {
    const { page, user, errors } = await openEditor();
    await page.setViewportSize({ width: 360, height: 780 });
    await title(page).fill("Water the ivy");
    await user.api("PUT", await pathOf(user), { title: "Water the cactus" });
    await save(page);
    const theirs = page.getByRole("group", { name: /title was changed elsewhere/i });
    await theirs.getByText("Water the cactus").waitFor();
    await page.getByText("Nothing is lost", { exact: false }).waitFor();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await expect.poll(() => theirs.getByLabel("Keep yours").isChecked()).toBe(true);
    await expect
      .poll(async () => (await tasksOf(user))[0])
      .toMatchObject({ title: "Water the cactus", version: 2 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    await title(page).fill("Water the ivy and the cactus");
    await save(page);
    await row(page, "Water the ivy and the cactus").waitFor();
    await expect
      .poll(async () => (await tasksOf(user))[0])
      .toMatchObject({ title: "Water the ivy and the cactus", version: 3 });
    expect(errors).toEqual([]);
  });

  test("saves theirs of one field and yours of the other", async () => {
    const { page, user } = await openEditor();
    await title(page).fill("Water the ivy");
    await description(page).fill("Mine");
    await user.api("PUT", await pathOf(user), { title: "Water the cactus", description: "Theirs" });
    await save(page);
    await page
      .getByRole("group", { name: /title was changed/i })
      .getByLabel("Keep this one")
      .check();
    await save(page);
    await row(page, "Water the cactus").getByText("Mine").waitFor();
    await expect
      .poll(() => tasksOf(user))
      .toMatchObject([{ title: "Water the cactus", description: "Mine" }]);
  });

  test("shows a second change that was made while the first one was compared", async () => {
    const { page, user } = await openEditor();
    await title(page).fill("Water the ivy");
    await user.api("PUT", await pathOf(user), { title: "Water the cactus", description: "In the hall" });
    await save(page);
    await page.getByText("In the hall").waitFor();
    await user.api("PUT", await pathOf(user), { title: "Water the palm" });
    await save(page);
    await page.getByRole("group").getByText("Water the palm").waitFor();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await save(page);
    await row(page, "Water the ivy").getByText("In the hall").waitFor();
    await expect
      .poll(() => tasksOf(user))
      .toMatchObject([{ title: "Water the ivy", description: "In the hall" }]);
  });

  test("keeps the text of a deleted task, which can be added as a new one", async () => {
    const { page, user, errors } = await openEditor();
    await title(page).fill("Water the ivy");
    await description(page).fill("Twice");
    await user.api("DELETE", await pathOf(user));
    await save(page);
    await page.getByText("This task was deleted. Your text is still here.").waitFor();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await title(page).fill("Water the ivy and the cactus");
    await page.getByRole("button", { name: "Add as new" }).click();
    await row(page, "Water the ivy and the cactus").getByText("Twice").waitFor();
    const task = { title: "Water the ivy and the cactus", description: "Twice", version: 1 };
    await expect.poll(() => tasksOf(user)).toMatchObject([task]);
    expect(errors).toEqual([]);
  });

  test("keeps the text of a task that was deleted for good", async () => {
    const { page, user, errors } = await openSignedIn(suite, { javaScriptEnabled, titles: [FERN] });
    await page.goto(`/tasks/${(await tasksOf(user))[0].id}/edit`);
    await title(page).fill("Water the ivy");
    await user.api("DELETE", `${await pathOf(user)}?permanent=true`);
    await save(page);
    await page.getByText("This task was deleted. Your text is still here.").waitFor();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await page.getByRole("button", { name: "Add as new" }).click();
    await row(page, "Water the ivy").waitFor();
    expect(errors).toEqual([]);
  });

  test("a deleted task leaves the list when it is checked, with a calm message", async () => {
    const { page, user, errors } = await openSignedIn(suite, { javaScriptEnabled, titles: [FERN] });
    await user.api("DELETE", await pathOf(user));
    await page.getByRole("button", { name: /Mark as done/ }).click();
    await page.getByRole("status").getByText("This task was deleted.").waitFor();
    await holdNotice(page);
    await row(page, FERN).waitFor({ state: "detached" });
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    await page.getByRole("status").getByRole("link", { name: "Trash" }).click();
    await row(page, FERN)
      .getByRole("button", { name: /^Restore/ })
      .waitFor();
    expect(errors).toEqual([]);
  });

  test("text that waited for a sign-in does not replace a change made meanwhile", async () => {
    const { page, user } = await openEditor();
    await title(page).fill("Water the ivy");
    await queryRows(suite.app.databaseUrl, "delete from session where user_id = $1", [user.id]);
    await save(page);
    await page.waitForURL("**/signin**");
    const update = "update task set title = 'Water the cactus', version = version + 1 where user_id = $1";
    await queryRows(suite.app.databaseUrl, update, [user.id]);
    await page.getByLabel("Email").fill(user.email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await save(page);
    await page.getByRole("group").getByText("Water the cactus").waitFor();
    await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
    await save(page);
    await row(page, "Water the ivy").waitFor();
  });
});

test("Cancel and Discard load the list again, without the text", async () => {
  const { page, user, errors } = await openSignedIn(suite, { titles: [FERN] });
  for (const [change, name] of [
    [async () => user.api("PUT", await pathOf(user), { title: "Water the cactus" }), "Cancel"],
    [async () => user.api("DELETE", await pathOf(user)), "Discard"],
  ] as const) {
    await page.getByRole("link", { name: /^Edit/ }).click();
    await title(page).fill("Water the ivy");
    await change();
    await save(page);
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name }).click();
    await row(page, FERN).waitFor({ state: "detached" });
    await expect.poll(() => row(page, "Water the cactus").count()).toBe(name === "Cancel" ? 1 : 0);
    await expect.poll(() => page.getByText("Not saved yet").count()).toBe(0);
  }
  expect(errors).toEqual([]);
});

test("a draft from before a reload does not replace a change made meanwhile", async () => {
  const { page, user } = await openSignedIn(suite, { titles: [FERN] });
  await editLink(page, FERN).click();
  await title(page).fill("Water the ivy");
  await user.api("PUT", await pathOf(user), { title: "Water the cactus" });
  await page.reload();
  await waitForHydration(page);
  await editLink(page, "Water the cactus").click();
  await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
  await save(page);
  await page.getByRole("group").getByText("Water the cactus").waitFor();
  expect((await tasksOf(user))[0].title).toBe("Water the cactus");
});

test("two edits of the same field on the edit page cause no conflict", async () => {
  const { page, user, errors } = await openSignedIn(suite, { titles: [FERN] });
  const { id } = (await tasksOf(user))[0];
  await page.getByRole("link", { name: FERN, exact: true }).click();
  for (const text of ["Water the ivy", "Water the cactus"]) {
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await title(page).fill(text);
    await save(page);
    await page.getByRole("heading", { name: text, level: 1 }).waitFor();
  }
  expect((await user.api("GET", `/api/tasks/${id}`)).body).toMatchObject({
    title: "Water the cactus",
    version: 3,
  });
  expect(errors).toEqual([]);
});

test("an editor that is left while it is being saved keeps no draft, and the next edit causes no conflict", async () => {
  const { page, user, errors } = await openSignedIn(suite, { titles: [FERN] });
  const release = await holdRequests(page, "**/dashboard.data**", "POST");
  await editLink(page, FERN).click();
  await title(page).fill("Water the ivy");
  await save(page);
  await page.keyboard.press("Escape");
  await title(page).waitFor({ state: "detached" });
  release();
  await row(page, "Water the ivy").waitFor();
  await editLink(page, "Water the ivy").click();
  await title(page).fill("Water the cactus");
  await save(page);
  await row(page, "Water the cactus").waitFor();
  await expect.poll(() => tasksOf(user)).toMatchObject([{ title: "Water the cactus", version: 3 }]);
  expect(errors).toEqual([]);
});

test("the edit page keeps its base and its conflict when the user returns to the tab", async () => {
  const { page, user, errors } = await openSignedIn(suite, { titles: [FERN] });
  const path = await pathOf(user);
  await page.getByRole("link", { name: FERN, exact: true }).click();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await title(page).fill("Water the ivy");
  // The page shows whether the task is in the trash, so this tells when it has been loaded again.
  const returnAfter = async (change: () => Promise<unknown>, label: string) => {
    await change();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.getByRole("button", { name: label }).waitFor();
  };
  await user.api("PUT", path, { title: "Water the cactus", description: "In the hall" });
  await returnAfter(() => user.api("DELETE", path), "Restore and save");
  await returnAfter(() => user.api("POST", `${path}/restore`), "Save task");
  await save(page);
  const theirs = page.getByRole("group", { name: /title was changed elsewhere/i });
  await theirs.getByText("Water the cactus").waitFor();
  await returnAfter(() => user.api("DELETE", path), "Restore and save");
  await theirs.getByText("Water the cactus").waitFor();
  await returnAfter(() => user.api("POST", `${path}/restore`), "Save task");
  await theirs.getByText("Water the cactus").waitFor();
  await save(page);
  await page.getByRole("heading", { name: "Water the ivy", level: 1 }).waitFor();
  expect((await user.api("GET", path)).body).toMatchObject({
    title: "Water the ivy",
    description: "In the hall",
  });
  expect(errors).toEqual([]);
});

test("an editor with unsaved text stays when its task leaves the list", async () => {
  const { page, user, errors } = await openSignedIn(suite, { titles: [FERN, "Buy bread"] });
  await editLink(page, FERN).click();
  await title(page).fill("Water the ivy");
  const id = (await tasksOf(user)).find((task: { title: string }) => task.title === FERN).id;
  await user.api("DELETE", `/api/tasks/${id}`);
  // A check loads the list again.
  await row(page, "Buy bread")
    .getByRole("button", { name: /Mark as done/ })
    .click();
  await page.getByRole("status").getByText("Done.").waitFor();
  await expect.poll(() => title(page).inputValue()).toBe("Water the ivy");
  await save(page);
  await page.getByRole("button", { name: "Add as new" }).click();
  await row(page, "Water the ivy").getByRole("link", { name: /^Edit/ }).waitFor();
  await expect.poll(() => page.getByRole("textbox", { name: "Title" }).count()).toBe(0);
  expect(errors).toEqual([]);
});
