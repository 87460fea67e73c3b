import type { BrowserContextOptions, Page } from "playwright-core";
import { addSession, collectErrors, waitForHydration } from "./browser-page.ts";
import type { BrowserSuite } from "./browser-suite.ts";
import { createUser, type TestUser } from "./users.ts";
import { WAIT_MS } from "./wait-until.ts";

/** Console errors that Chromium and Remix log while a test has switched the network off. */
const OFFLINE_ERRORS = /status of 4\d\d|ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch/;

export interface SignedInPage {
  page: Page;
  user: TestUser;
  /** Uncaught errors and console errors of the page. */
  errors: string[];
}

/** Opens a page as a new user with these tasks, the last of them at the top of the list. */
export async function openSignedIn(
  { app, browser }: BrowserSuite,
  { path = "/dashboard", titles = [] as string[], ...options }: BrowserContextOptions & PageOptions = {},
): Promise<SignedInPage> {
  const user = await createUser(app);
  for (const title of titles) await user.api("POST", "/api/tasks", { title });
  const context = await browser.newContext({ baseURL: app.url, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await addSession(context, app.url, user);
  const page = await context.newPage();
  const errors = collectErrors(page, OFFLINE_ERRORS);
  await page.goto(path);
  if (options.javaScriptEnabled !== false) await waitForHydration(page);
  return { page, user, errors };
}

interface PageOptions {
  path?: string;
  titles?: string[];
}

export const titleField = (page: Page) => page.getByLabel("New task");
export const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
export const editLink = (page: Page, title: string) => row(page, title).getByRole("link", { name: /^Edit/ });

/** The label of the focused field, else the text of the focused element. */
export const focusedName = (page: Page) =>
  page.evaluate(() => {
    const focused = document.activeElement as HTMLInputElement | null;
    return focused?.labels?.[0]?.textContent ?? focused?.textContent ?? "";
  });

/** Whether a task's box is within the viewport. */
export async function isInView(page: Page, title: string): Promise<boolean> {
  const box = await row(page, title).boundingBox();
  return box !== null && box.y >= 0 && box.y < (page.viewportSize()?.height ?? 0);
}

/** Moves the pointer onto the notice, which then stays. */
export const holdNotice = (page: Page): Promise<void> => page.locator(".toast").hover();
