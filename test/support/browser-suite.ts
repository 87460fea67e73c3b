import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { type AppServer, startApp } from "./app-server.ts";
import { openBrowser } from "./browser.ts";

export interface BrowserSuite {
  app: AppServer;
  browser: Browser;
}

/** Starts a server and a browser for the tests of a file, and closes the pages of each test. */
export function setUpBrowserSuite(): BrowserSuite {
  const suite = {} as BrowserSuite;
  beforeAll(async () => {
    [suite.app, suite.browser] = await Promise.all([startApp(), openBrowser()]);
  });
  afterAll(async () => {
    await suite.browser?.close();
    await suite.app?.stop();
  });
  afterEach(async () => {
    for (const context of suite.browser?.contexts() ?? []) await context.close();
  });
  return suite;
}
