import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { addSession, waitForHydration } from "../support/browser-page.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

let database: TestDatabase;
let proxy: DatabaseProxy;
let app: AppServer;
let browser: Browser;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  proxy = await startDatabaseProxy(database.url);
  app = await startApp({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "500" });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await proxy?.heal();
  await app?.stop();
  await proxy?.close();
  await database?.drop();
});

test("quick add keeps the title when the database fails, and adds it on the next submit", async () => {
  const context = await browser.newContext({ baseURL: app.url });
  context.setDefaultTimeout(WAIT_MS);
  await addSession(context, app.url, await createUser(app));
  const page = await context.newPage();
  await page.goto("/dashboard");
  await waitForHydration(page);
  await page.getByLabel("New task").fill("Water the fern");

  const requests: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    // Parts of the page that are loaded after it may still be on their way.
    if (!pathname.startsWith("/assets/")) requests.push(`${request.method()} ${pathname}`);
  });
  await proxy.cutConnections();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Your tasks are safe" }).waitFor();
  // By default Remix revalidates after an action, which would replace the form with an error page. Such a request would
  // start before the alert shows, and so before the one below.
  await page.evaluate(() => fetch("/favicon.svg"));
  expect(requests).toEqual(["POST /dashboard.data", "GET /favicon.svg"]);
  await expect.poll(() => page.getByLabel("New task").inputValue()).toBe("Water the fern");

  await proxy.heal();
  await expect.poll(async () => (await fetch(`${app.url}/health`)).status).toBe(200);
  await page.getByRole("button", { name: "Add task" }).click();
  await page.getByRole("listitem").filter({ hasText: "Water the fern" }).waitFor();
  await expect.poll(() => page.getByLabel("New task").inputValue()).toBe("");
  await context.close();
});
