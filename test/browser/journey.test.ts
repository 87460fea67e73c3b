import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { addSession, collectErrors, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { holdNotice } from "../support/signed-in-page.ts";
import { createUser, PASSWORD } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const suite = setUpBrowserSuite();
let context: BrowserContext;
let errors: string[];

async function openPage(javaScriptEnabled: boolean): Promise<Page> {
  context = await suite.browser.newContext({
    javaScriptEnabled,
    // Narrower rows have no controls; task-page.test.ts uses those.
    viewport: { width: 700, height: 740 },
    baseURL: suite.app.url,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  errors = collectErrors(page);
  return page;
}

const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
const status = (page: Page, text: string | RegExp) =>
  page.getByRole("status").getByText(text, { exact: true }).waitFor();

async function signUpByForm(page: Page, email: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("Name").fill("Grace");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page
    .getByText(/at least 8 characters/)
    .first()
    .waitFor();
  await expect.poll(() => page.getByLabel("Email").inputValue()).toBe(email);
  await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("Grace");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.waitForURL("**/dashboard");
}

async function addTask(page: Page, title: string): Promise<void> {
  await page.getByLabel("New task").fill(title);
  await page.getByRole("button", { name: "Add task" }).click();
  // The optimistic row has no link.
  await row(page, title).getByRole("link", { name: /Edit/ }).waitFor();
}

async function deleteTask(page: Page, title: string, { inDialog }: { inDialog: boolean }): Promise<void> {
  await row(page, title)
    .getByRole("link", { name: /Delete/ })
    .click();
  await page.getByRole("button", { name: "Delete task" }).waitFor();
  await expect.poll(() => page.getByRole("dialog").count()).toBe(inDialog ? 1 : 0);
  await page.getByRole("button", { name: "Delete task" }).click();
  await status(page, "Task deleted.");
  await row(page, title).waitFor({ state: "detached" });
}

describe.each([
  { mode: "without JavaScript", javaScript: false },
  { mode: "with JavaScript", javaScript: true },
])("$mode", ({ javaScript }) => {
  test("a new user signs up, manages tasks, changes the settings, signs out and signs in again", async () => {
    const page = await openPage(javaScript);
    const email = `grace-${javaScript}@example.org`;
    // The sign-up form must work before hydration too, so nothing waits for it here.
    await signUpByForm(page, email);
    if (javaScript) await waitForHydration(page);

    await addTask(page, "Water the fern");
    await addTask(page, "Buy bread");
    await row(page, "Buy bread").getByRole("button").first().click();
    await status(page, "Done.");
    await page.getByRole("link", { name: "Done" }).click();
    await page.waitForURL("**show=done**");
    await row(page, "Water the fern").waitFor({ state: "detached" });
    await row(page, "Buy bread").waitFor();

    await page.getByRole("link", { name: "All" }).click();
    await row(page, "Water the fern").getByRole("link", { name: /Edit/ }).click();
    await page.getByLabel("Title").fill("");
    await page.getByRole("button", { name: /Save/ }).click();
    await page.getByText("Write what you want to do.").first().waitFor();
    await page.getByLabel("Title").fill("Water the fern and the ivy");
    await page.getByRole("button", { name: /Save/ }).click();
    await row(page, "Water the fern and the ivy").waitFor();

    await deleteTask(page, "Buy bread", { inDialog: javaScript });
    await holdNotice(page);
    await page.getByRole("button", { name: "Undo" }).click();
    await status(page, "Task restored.");
    await row(page, "Buy bread")
      .getByRole("button", { name: /Mark as open/ })
      .waitFor();
    await deleteTask(page, "Buy bread", { inDialog: javaScript });

    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Name").fill("Grace H.");
    await page.getByRole("button", { name: /Save/ }).first().click();
    await status(page, /saved|changed/i);
    await page.getByLabel("Current password").fill("not the right one");
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("That isn't your current password.").first().waitFor();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Change password" }).click();
    await status(page, /password.*changed/i);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${suite.app.url}/`);
    await page.goto("/settings");
    await page.waitForURL("**/signin?redirectTo=%2Fsettings");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("another long password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/settings");
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("Grace H.");
    expect(errors).toEqual([]);
  });

  test("pagination keeps the page and the filter when a task is reopened", async () => {
    const page = await openPage(javaScript);
    const user = await createUser(suite.app);
    for (let index = 1; index <= 23; index++) {
      const { id } = (await user.api("POST", "/api/tasks", { title: `Errand ${index}` })).body;
      await user.api("PATCH", `/api/tasks/${id}/complete`);
    }
    await addSession(context, suite.app.url, user);
    await page.goto("/dashboard?show=done");
    if (javaScript) await waitForHydration(page);
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL("**page=2**");
    await row(page, "Errand 3").getByRole("button").first().click();
    await status(page, "Back on the list.");
    await row(page, "Errand 3").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toMatch(/(?=.*page=2)(?=.*show=done)/);
    expect(
      await page
        .getByRole("listitem")
        .filter({ hasText: /Errand \d/ })
        .count(),
    ).toBe(2);
    expect(errors).toEqual([]);
  });
});
