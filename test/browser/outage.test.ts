import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser } from "../support/users.ts";

let database: TestDatabase;
let proxy: DatabaseProxy;
let tock: AppServer;
let browser: Browser;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startDatabaseProxy(database.url);
  tock = await startApp({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "500" });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.heal();
  await tock?.stop();
  await proxy?.close();
  await database?.drop();
});

test("a task that the database fails to take stays in its field, and is added by the next press", async () => {
  const [name = "", value = ""] = (await createUser(tock)).cookie.split(/=(.*)/s);
  const context = await browser.newContext({ baseURL: tock.url });
  context.setDefaultTimeout(10_000);
  await context.addCookies([{ name, value, url: tock.url }]);
  const page = await context.newPage();
  await page.goto("/dashboard", { waitUntil: "networkidle" });
  await page.getByLabel("New task").fill("Water the fern");

  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.method()));
  await proxy.cutConnections();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Your tasks are safe" }).waitFor();
  // Remix would load the page anew after that, find no database either, and show its error in the place of the form.
  await page.waitForTimeout(500);
  expect(asked).toEqual(["POST"]);
  expect(await page.getByLabel("New task").inputValue()).toBe("Water the fern");

  await proxy.heal();
  await expect.poll(async () => (await fetch(`${tock.url}/health`)).status, { timeout: 10_000 }).toBe(200);
  await page.getByRole("button", { name: "Add task" }).click();
  await page.getByRole("listitem").filter({ hasText: "Water the fern" }).waitFor();
  expect(await page.getByLabel("New task").inputValue()).toBe("");
  await context.close();
});
