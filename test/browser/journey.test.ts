import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { createUser, PASSWORD, signIn } from "../support/users.ts";

let tock: AppServer;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  [tock, browser] = await Promise.all([startApp(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await tock.stop();
});
afterEach(() => context.close());

async function open(javaScriptEnabled: boolean): Promise<Page> {
  context = await browser.newContext({
    javaScriptEnabled,
    viewport: { width: 360, height: 740 },
    baseURL: tock.url,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // That a refused form answers 4xx is no complaint of the page's.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  return page;
}

const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
const notice = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();

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
  expect(await page.getByLabel("Email").inputValue()).toBe(email);
  expect(await page.getByLabel("Name").inputValue()).toBe("Grace");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.waitForURL("**/dashboard");
}

async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel("New task").fill(title);
  await page.getByRole("button", { name: "Add task" }).click();
  await row(page, title).waitFor();
}

describe.each([
  { mode: "without JavaScript", javaScript: false },
  { mode: "with JavaScript", javaScript: true },
])("$mode", ({ javaScript }) => {
  test("somebody signs up, keeps tasks, changes their settings, and signs out and in again", async () => {
    const page = await open(javaScript);
    const email = `grace-${javaScript}@example.org`;
    await signUpByForm(page, email);

    await add(page, "Water the fern");
    await add(page, "Buy bread");
    await row(page, "Buy bread").getByRole("button").first().click();
    await notice(page, "Task done.");
    await page.getByRole("link", { name: "Done" }).click();
    await page.waitForURL("**show=done**");
    await row(page, "Buy bread").waitFor();
    expect(await row(page, "Water the fern").count()).toBe(0);

    await page.getByRole("link", { name: "All" }).click();
    await row(page, "Water the fern").getByRole("link", { name: /Edit/ }).click();
    await page.getByLabel("Title").fill("");
    await page.getByRole("button", { name: /Save/ }).click();
    await page
      .getByText(/Title is required/)
      .first()
      .waitFor();
    await page.getByLabel("Title").fill("Water the fern and the ivy");
    await page.getByRole("button", { name: /Save/ }).click();
    await row(page, "Water the fern and the ivy").waitFor();

    const remove = async () => {
      await row(page, "Buy bread")
        .getByRole("link", { name: /Delete/ })
        .click();
      expect(await page.getByRole("dialog").count()).toBe(javaScript ? 1 : 0);
      await page.getByRole("button", { name: "Delete task" }).click();
      await notice(page, "Task deleted.");
      expect(await row(page, "Buy bread").count()).toBe(0);
    };
    await remove();
    await page.getByRole("button", { name: "Undo" }).click();
    await notice(page, "Task restored.");
    expect(
      await row(page, "Buy bread")
        .getByRole("button", { name: /Mark as open/ })
        .count(),
    ).toBe(1);
    await remove();

    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Name").fill("Grace H.");
    await page.getByRole("button", { name: /Save/ }).first().click();
    await page
      .getByText(/saved|changed/i)
      .first()
      .waitFor();
    await page.getByLabel("Current password").fill("not the right one");
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Incorrect current password.").first().waitFor();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("another long password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page
      .getByText(/password.*changed/i)
      .first()
      .waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${tock.url}/`);
    await page.goto("/settings");
    await page.waitForURL("**/signin?redirectTo=%2Fsettings");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("another long password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/settings");
    expect(await page.getByLabel("Name").inputValue()).toBe("Grace H.");
    expect(complaints).toEqual([]);
  });

  test("a long list is paged through, and its place is kept when a task is changed", async () => {
    const page = await open(javaScript);
    const person = await createUser(tock);
    for (let i = 1; i <= 23; i++) await person.api("POST", "/api/tasks", { title: `Errand ${i}` });
    const [name = "", value = ""] = (await signIn(tock.url, person.email)).cookie.split(/=(.*)/s);
    await context.addCookies([{ name, value, url: tock.url }]);
    await page.goto("/dashboard?show=open");
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL("**page=2**");
    await row(page, "Errand 3").getByRole("button").first().click();
    await notice(page, "Task done.");
    expect(new URL(page.url()).search).toMatch(/(?=.*page=2)(?=.*show=open)/);
    expect(
      await page
        .getByRole("listitem")
        .filter({ hasText: /Errand \d/ })
        .count(),
    ).toBe(2);
    expect(complaints).toEqual([]);
  });
});
