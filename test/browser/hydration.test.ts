import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { createUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

/*
 * An event that is queued while the scripts are evaluated makes React hydrate synchronously. If the first render
 * suspends then, React gives the page up with error 345, "Root did not complete" (remix-run/remix#10214).
 */
const ENTRY = "**/assets/entry.client-*.js";
const STARTED = "entry script started";
/** Runs before the entry script. Keeps the main thread busy until a key press is queued. */
const BUSY_UNTIL_KEY = `
  let busyUntil;
  window.wasKeyQueued = new Promise((resolve) => {
    addEventListener("keydown", ({ timeStamp }) => resolve(timeStamp <= busyUntil), { capture: true, once: true });
  });
  console.log("${STARTED}");
  const limit = performance.now() + ${WAIT_MS};
  while (!navigator.scheduling.isInputPending() && performance.now() < limit);
  busyUntil = performance.now();`;

let tock: AppServer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [tock, browser] = await Promise.all([startApp(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await tock?.stop();
});
afterEach(() => context?.close());

/** Opens a page, focuses `field`, and presses a key in it while the entry script keeps the main thread busy. */
async function pressKeyDuringEntryScript(path: string, field: string, cookie?: string) {
  context = await browser.newContext({ baseURL: tock.url });
  context.setDefaultTimeout(WAIT_MS);
  const [name = "", value = ""] = cookie?.split(/=(.*)/s) ?? [];
  if (cookie) await context.addCookies([{ name, value, url: tock.url }]);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));

  let release: (() => void) | undefined;
  const focused = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(ENTRY, async (route) => {
    const script = await (await route.fetch()).text();
    await focused;
    await route.fulfill({ contentType: "text/javascript", body: `${BUSY_UNTIL_KEY}\n${script}` });
  });
  const started = page.waitForEvent("console", (message) => message.text() === STARTED);
  await page.goto(path, { waitUntil: "commit" });
  await page.getByLabel(field).focus();
  release?.();
  await started;
  await page.keyboard.press("a");
  expect(await page.evaluate("wasKeyQueued"), "the key was queued before the entry script ran").toBe(true);
  return { page, errors };
}

test("/signin hydrates when a key is pressed while its scripts are evaluated", async () => {
  const { page, errors } = await pressKeyDuringEntryScript("/signin", "Email");
  expect(errors).toEqual([]);
  await expect.poll(() => page.getByLabel("Email").inputValue()).toBe("a");
  // The button comes with hydration.
  await page.getByRole("button", { name: /show password/i }).click();
  await page.locator("input[name=password][type=text]").waitFor();
  expect(errors).toEqual([]);
});

test("/dashboard hydrates when a key is pressed while its scripts are evaluated", async () => {
  const { cookie } = await createUser(tock);
  const { page, errors } = await pressKeyDuringEntryScript("/dashboard", "New task", cookie);
  expect(errors).toEqual([]);
  await expect.poll(() => page.getByLabel("New task").inputValue()).toBe("a");
  // The button comes with hydration.
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByRole("dialog").waitFor();
  expect(errors).toEqual([]);
});
