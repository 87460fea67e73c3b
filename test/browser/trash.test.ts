import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openHydrated } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { focusedName, holdNotice, openSignedIn, row } from "../support/signed-in-page.ts";

const suite = setUpBrowserSuite();
const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];
const status = (page: Page, text: string) =>
  page.getByRole("status").getByText(text, { exact: true }).waitFor();

async function deleteInList(page: Page, title: string): Promise<void> {
  await row(page, title)
    .getByRole("link", { name: /^Delete/ })
    .click();
  await page.getByRole("button", { name: "Delete task" }).click();
  await status(page, "Task deleted.");
  await row(page, title).waitFor({ state: "detached" });
}

describe.each(MODES)("$mode", ({ javaScriptEnabled }) => {
  const open = (titles: string[], path = "/dashboard") =>
    openSignedIn(suite, { javaScriptEnabled, titles, path });

  test("a deleted task is restored from the trash after other actions and a reload", async () => {
    const { page, errors } = await open(["Fern", "Ivy"]);
    await deleteInList(page, "Ivy");
    await page.getByRole("button", { name: /^Mark as done/ }).click();
    await status(page, "Done.");
    await page.reload();
    await page.getByRole("link", { name: "Trash" }).click();
    await page.waitForURL("**/trash");
    await row(page, "Ivy")
      .getByText(/^Deleted /)
      .waitFor();
    await page.getByRole("button", { name: /^Restore/ }).click();
    await status(page, "Task restored.");
    await holdNotice(page);
    await page.getByText("The trash is empty.").first().waitFor();
    await page.getByRole("link", { name: "Show it" }).click();
    await page.getByRole("heading", { name: "Ivy", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Back to your tasks" }).click();
    await row(page, "Ivy").waitFor();
    expect(errors).toEqual([]);
  });

  test("the notice of a deletion leads to the trash", async () => {
    const { page } = await open(["Fern"]);
    await deleteInList(page, "Fern");
    await holdNotice(page);
    await page.getByRole("status").getByRole("link", { name: "Trash" }).click();
    await row(page, "Fern").waitFor();
  });

  test("a task is deleted for good after a confirmation", async () => {
    const { page, user, errors } = await open(["Fern", "Ivy"]);
    for (const title of ["Fern", "Ivy"]) await deleteInList(page, title);
    if (javaScriptEnabled) await openHydrated(page, "/trash");
    else await page.goto("/trash");
    await page.getByRole("link", { name: /^Delete for good.*Ivy/ }).click();
    const confirm = page.getByRole("button", { name: "Delete for good" });
    await confirm.waitFor();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(Number(javaScriptEnabled));
    // The safe answer comes first.
    await page.getByText("Keep it").click();
    await row(page, "Ivy").waitFor();
    await page.getByRole("link", { name: /^Delete for good.*Ivy/ }).click();
    await confirm.click();
    await status(page, "Deleted for good.");
    await row(page, "Ivy").waitFor({ state: "detached" });
    if (javaScriptEnabled) await expect.poll(() => focusedName(page)).toBe("Restore: Fern");
    const left = (await user.api("GET", "/api/tasks?deleted=true")).body.data;
    expect(left.map(({ title }: { title: string }) => title)).toEqual(["Fern"]);
    expect(errors).toEqual([]);
  });

  test("the trash is emptied after a confirmation, which names the number of tasks", async () => {
    const { page, user } = await open(["Kept", "Fern", "Ivy"]);
    for (const title of ["Fern", "Ivy"]) await deleteInList(page, title);
    if (javaScriptEnabled) await openHydrated(page, "/trash");
    else await page.goto("/trash");
    await page.getByRole("link", { name: "Empty trash…" }).click();
    await page.getByText("2 tasks will be deleted for good. You can't undo this.").waitFor();
    await page.getByRole("button", { name: "Empty trash" }).click();
    await status(page, "The trash is empty.");
    await page.getByRole("heading", { name: "The trash is empty." }).waitFor();
    if (javaScriptEnabled) await expect.poll(() => focusedName(page)).toBe("The trash is empty.");
    expect((await user.api("GET", "/api/tasks")).body.pagination.total).toBe(1);
    expect((await user.api("GET", "/api/tasks?deleted=true")).body.pagination.total).toBe(0);
  });

  test("the trash has pages, the last deletion first", async () => {
    const titles = Array.from({ length: 22 }, (_, index) => `Errand ${index + 1}.`);
    const { page, user } = await open(titles);
    const { data } = (await user.api("GET", "/api/tasks?limit=100")).body;
    for (const { id } of data) await user.api("DELETE", `/api/tasks/${id}`);
    await page.goto("/trash");
    await expect.poll(() => page.locator("[data-task]").first().innerText()).toContain("Errand 1.");
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL("**/trash?page=2");
    await row(page, "Errand 22.").waitFor();
    await expect.poll(() => page.locator("[data-task]").count()).toBe(2);
    await row(page, "Errand 22.")
      .getByRole("button", { name: /^Restore/ })
      .click();
    await status(page, "Task restored.");
    expect(page.url()).toMatch(/\/trash\?page=2$/);
  });
});
