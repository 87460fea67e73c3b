import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { addSession, collectErrors, waitForHydration } from "../support/browser-page.ts";
import { createUser } from "../support/users.ts";

let app: AppServer;
let browser: Browser;
let cacheDir: string;

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "tock-vite-"));
  const env = { NODE_ENV: "development", VITE_CACHE_DIR: cacheDir };
  const starting = startApp(env, [process.execPath, "--import", "tsx", "app/dev.ts"], process.cwd());
  [app, browser] = await Promise.all([starting, openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await rm(cacheDir, { recursive: true, force: true });
});

test("npm run dev hydrates its pages although no package has been prepared before", async () => {
  const context = await browser.newContext({ baseURL: app.url });
  const page = await context.newPage();
  const errors = collectErrors(page);
  await page.goto("/signin");
  await waitForHydration(page);
  await addSession(context, app.url, await createUser(app));
  for (const path of ["/dashboard", "/settings"]) {
    await page.goto(path);
    await waitForHydration(page);
  }
  expect(errors).toEqual([]);
});
