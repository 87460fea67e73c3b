import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openHydrated, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { isInView, openSignedIn, row } from "../support/signed-in-page.ts";

const suite = setUpBrowserSuite();
const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];
const PHONE = { width: 360, height: 640 };
const ERRANDS = Array.from({ length: 15 }, (_, index) => `Errand ${index + 1}.`);
const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 }).waitFor();
const status = (page: Page, text: string) =>
  page.getByRole("status").getByText(text, { exact: true }).waitFor();

describe.each(MODES)("$mode", ({ javaScriptEnabled }) => {
  const open = (options: Parameters<typeof openSignedIn>[1] = {}) =>
    openSignedIn(suite, { javaScriptEnabled, ...options });
  const reopen = async (page: Page, path: string) => {
    if (javaScriptEnabled) await openHydrated(page, path);
    else await page.goto(path);
  };

  test("the title opens the task, which is read, checked, edited and deleted there on a phone", async () => {
    const { page, user, errors } = await open({ viewport: PHONE, titles: ["Water the fern", "Buy bread"] });
    await page.getByRole("link", { name: "Water the fern", exact: true }).click();
    await heading(page, "Water the fern");
    await page.getByText(/^Added /).waitFor();

    await page.getByRole("button", { name: "Mark as done: Water the fern" }).click();
    await status(page, "Done.");
    await page.getByRole("button", { name: "Mark as open: Water the fern" }).waitFor();

    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByLabel("Title").fill("Water the ivy");
    await page.getByLabel("Description").fill("First line\nsee https://example.org/ivy.");
    await page.getByRole("button", { name: "Save task" }).click();
    await heading(page, "Water the ivy");
    await status(page, "Saved.");
    const link = page.getByRole("link", { name: "https://example.org/ivy" });
    await expect.poll(() => link.getAttribute("href")).toBe("https://example.org/ivy");
    await expect.poll(() => link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    await expect.poll(() => page.getByText("First line").innerText()).toContain("First line\nsee ");
    await page.getByText(/Changed /).waitFor();

    await page.getByRole("link", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete task" }).click();
    await page.waitForURL("**/dashboard");
    await status(page, "Task deleted.");
    await row(page, "Water the ivy").waitFor({ state: "detached" });
    expect((await user.api("GET", "/api/tasks?deleted=true")).body.data[0].title).toBe("Water the ivy");
    expect(errors).toEqual([]);
  });

  test("a deleted task has a page that says so, and Restore brings the task back", async () => {
    const { page, user } = await open({ titles: ["One"] });
    const { id } = (await user.api("GET", "/api/tasks")).body.data[0];
    await user.api("DELETE", `/api/tasks/${id}`);
    await reopen(page, `/tasks/${id}`);
    await page.getByText("This task was deleted.").waitFor();
    await page.getByRole("button", { name: /^Restore/ }).click();
    await status(page, "Task restored.");
    await page.getByRole("button", { name: "Mark as done: One" }).waitFor();
    expect((await user.api("GET", `/api/tasks/${id}`)).status).toBe(200);
  });

  test("an edit of a task that was deleted elsewhere keeps its text, and restores and saves the task", async () => {
    const { page, user } = await open({ titles: ["One"] });
    const { id } = (await user.api("GET", "/api/tasks")).body.data[0];
    await reopen(page, `/tasks/${id}/edit`);
    await page.getByLabel("Title").fill("Typed meanwhile");
    await user.api("DELETE", `/api/tasks/${id}`);
    await page.getByRole("button", { name: "Save task" }).click();
    await page.getByText("This task was deleted.").waitFor();
    await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Typed meanwhile");
    await page.getByRole("button", { name: "Restore and save" }).click();
    await heading(page, "Typed meanwhile");
    expect((await user.api("GET", `/api/tasks/${id}`)).body.title).toBe("Typed meanwhile");
  });

  test("a check of a task that was deleted elsewhere shows the way back", async () => {
    const { page, user } = await open({ titles: ["One"] });
    const { id } = (await user.api("GET", "/api/tasks")).body.data[0];
    await reopen(page, `/tasks/${id}`);
    await user.api("DELETE", `/api/tasks/${id}`);
    await page.getByRole("button", { name: "Mark as done: One" }).click();
    await page.getByText("This task was deleted.").waitFor();
    await page.getByRole("button", { name: /^Restore/ }).waitFor();
  });

  test("the way back from a task leads to its row", async () => {
    const { page } = await open({ viewport: PHONE, titles: ERRANDS });
    await page.getByRole("link", { name: "Errand 2.", exact: true }).click();
    await heading(page, "Errand 2.");
    await page.getByRole("link", { name: "Back to your tasks" }).click();
    await row(page, "Errand 2.").waitFor();
    const isInView = async () => {
      const box = await row(page, "Errand 2.").boundingBox();
      return box !== null && box.y >= 0 && box.y + box.height <= PHONE.height;
    };
    await expect.poll(isInView).toBe(true);
  });
});

test("a title uses the width of a phone, and its controls are on the task's page", async () => {
  const { page } = await openSignedIn(suite, {
    viewport: PHONE,
    titles: ["A title as long as two lines of a phone"],
  });
  const title = await page.locator(".title").boundingBox();
  const list = await page.locator("ul.tasks").boundingBox();
  expect((title?.x ?? 0) + (title?.width ?? 0)).toBeCloseTo((list?.x ?? 0) + (list?.width ?? 0), 0);
  await expect.poll(() => page.locator(".edit:visible, .delete:visible").count()).toBe(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator("[data-task]").hover();
  await expect.poll(() => page.locator(".edit:visible, .delete:visible").count()).toBe(2);
});

test("the shortcuts edit and delete a task on a narrow screen too, and the focus returns to it", async () => {
  const { page } = await openSignedIn(suite, { viewport: PHONE, titles: ["One", "Two"] });
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.getByLabel("Title").waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Title").waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Two");
});

test("without JavaScript a task checked in the open view leaves, and the page stands at the next row", async () => {
  const { page } = await openSignedIn(suite, {
    javaScriptEnabled: false,
    viewport: { width: 360, height: 400 },
    path: "/dashboard?show=open",
    titles: ERRANDS,
  });
  await row(page, "Errand 4.").getByRole("button").click();
  await row(page, "Errand 4.").waitFor({ state: "detached" });
  expect(new URL(page.url()).hash).toMatch(/^#task-\d+$/);
  await expect.poll(() => isInView(page, "Errand 3.")).toBe(true);
});

test("an expired session returns to the edit page with the text", async () => {
  const { page, user } = await openSignedIn(suite, { titles: ["One"] });
  const { id } = (await user.api("GET", "/api/tasks")).body.data[0];
  await openHydrated(page, `/tasks/${id}/edit?return_to=%2Fdashboard`);
  await page.getByLabel("Title").fill("Typed before");
  await user.api("POST", "/api/auth/signout");
  await page.getByRole("button", { name: "Save task" }).click();
  await page.waitForURL("**/signin**");
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("a lantern by the river");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**/tasks/${id}/edit**`);
  await expect.poll(() => page.getByLabel("Title").inputValue()).toBe("Typed before");
  await page.getByRole("button", { name: "Save task" }).click();
  await page.waitForURL("**/dashboard");
  await waitForHydration(page);
  await row(page, "Typed before").waitFor();
});
