import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import {
  addSession,
  collectErrors,
  holdRequests,
  openHydrated,
  waitForHydration,
} from "../support/browser-page.ts";
import { createUser, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

let app: AppServer;
let browser: Browser;
let context: BrowserContext;
let errorsByTab: string[][];
let user: TestUser;

beforeAll(async () => {
  [app, browser] = await Promise.all([startApp(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
});
beforeEach(() => {
  errorsByTab = [];
});
afterEach(() => context?.close());

/** Opens a browser context that is signed in as a new user. */
async function openContext(options: BrowserContextOptions = {}): Promise<void> {
  user = await createUser(app);
  context = await browser.newContext({ baseURL: app.url, ...options });
  context.setDefaultTimeout(WAIT_MS);
  await addSession(context, app.url, user);
}

/** Errors that Chromium and Remix log while the test has switched the network off. */
const OFFLINE_ERRORS =
  /status of 401|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_FAILED|Failed to fetch|route module/;

async function openTab(path = "/dashboard"): Promise<Page> {
  const page = await context.newPage();
  errorsByTab.push(collectErrors(page, OFFLINE_ERRORS));
  await page.goto(path);
  await waitForHydration(page);
  return page;
}

/** Headless Chromium treats every tab as visible, so the event of a return to the tab must be dispatched. */
const returnToTab = (page: Page) =>
  page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

const titleField = (page: Page) => page.getByLabel("New task");
const caret = (page: Page) =>
  titleField(page).evaluate((input: HTMLInputElement) => ({
    isFocused: document.activeElement === input,
    value: input.value,
    position: input.selectionStart,
  }));

test("dates use the browser's time zone: in the HTML with its cookie, after hydration without it", async () => {
  await openContext({ timezoneId: "Pacific/Kiritimati" });
  const { id } = (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  // Sets the cookie.
  const page = await openTab("/settings");
  const dateIn = async (response: Pick<Response, "text"> | null) =>
    /<time[^>]*>([^<]*)</.exec((await response?.text()) ?? "")?.[1];
  const path = `/tasks/${id}`;
  // Not by the page: its script could store the cookie after `openHydrated` has removed it.
  expect(await dateIn(await page.request.get(path))).toMatch(/^today, \d\d:\d\d$/);
  // Without the cookie, until the page stores it again.
  expect(await dateIn(await openHydrated(page, path))).toMatch(/^\d+ [A-Z][a-z]+, \d\d:\d\d UTC$/);
  const time = page.locator("time").first();
  await expect.poll(() => time.innerText()).toMatch(/^today, \d\d:\d\d$/);
  await expect
    .poll(() => time.getAttribute("title"))
    .toMatch(/^[A-Z][a-z]+day \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d$/);

  const zoneCookie = async () => (await context.cookies()).find(({ name }) => name === "zone");
  await expect.poll(zoneCookie).toBeDefined();
  const cookie = await zoneCookie();
  expect(cookie).toMatchObject({ value: "Pacific/Kiritimati", sameSite: "Lax", path: "/", secure: false });
  expect((cookie?.expires ?? 0) * 1_000 - Date.now()).toBeGreaterThan(300 * 24 * 3_600_000);
  expect(errorsByTab.flat()).toEqual([]);
});

test("returning to a tab loads changes from another tab and keeps the text being typed", async () => {
  await openContext();
  const [first, second] = [await openTab(), await openTab()];
  await titleField(first).pressSequentially("Half a thought");
  await first.keyboard.press("ArrowLeft");
  await titleField(second).fill("From the other tab");
  await second.keyboard.press("Enter");
  await second.getByText("From the other tab").first().waitFor();

  // A tab revalidates at most every two seconds.
  const isShown = () => returnToTab(first).then(() => first.getByText("From the other tab").count());
  await expect.poll(isShown).toBeGreaterThan(0);
  expect(await caret(first)).toEqual({ isFocused: true, value: "Half a thought", position: 13 });

  await second.getByRole("button", { name: "Sign out" }).click();
  await second.waitForURL(`${app.url}/`);
  const signedOut = () =>
    returnToTab(first).then(() => first.getByText("You were signed out. Your text is safe.").count());
  await expect.poll(signedOut).toBe(1);
  expect(await caret(first)).toEqual({ isFocused: true, value: "Half a thought", position: 13 });
  await titleField(first).fill("");
  const pathname = () => returnToTab(first).then(() => new URL(first.url()).pathname);
  await expect.poll(pathname).toBe("/signin");
  expect(errorsByTab.flat()).toEqual([]);
});

test("offline, quick add keeps the typed text and explains the error, and submits it when the network is back", async () => {
  await openContext();
  const page = await openTab();
  await context.setOffline(true);
  const banner = page.getByText(/^You're offline\./);
  await banner.waitFor();
  await titleField(page).fill("Written on a train");
  await page.keyboard.press("Enter");
  await page.getByText("Can't reach Tock. Your text is still here.", { exact: false }).waitFor();
  await expect.poll(() => titleField(page).inputValue()).toBe("Written on a train");
  await returnToTab(page);
  await expect.poll(() => titleField(page).inputValue()).toBe("Written on a train");

  await context.setOffline(false);
  await banner.waitFor({ state: "detached" });
  await titleField(page).press("Enter");
  const taskCount = async () => (await user.api("GET", "/api/tasks")).body.pagination.total;
  await expect.poll(taskCount).toBe(1);
  await expect.poll(() => titleField(page).inputValue()).toBe("");
  expect(errorsByTab.flat()).toEqual([]);
});

/** Data and scripts. A request for a document would leave the page. */
const UNREACHABLE = /\.data(\?|$)|\/assets\//;

/** @param link the name of a link to a page with this heading */
async function navigateUnreached(page: Page, link: string, heading: string | RegExp): Promise<void> {
  // Without the event of a lost network, which would block the navigation.
  await context.route(UNREACHABLE, (route) => route.abort("connectionfailed"));
  await page.getByRole("link", { name: link }).click();
  await page.getByRole("heading", { name: "Can't reach Tock" }).waitFor();
  await context.unroute(UNREACHABLE);
  await page.getByRole("link", { name: "Try again" }).click();
  await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
}

test("a navigation to an unreachable server shows an error page, which recovers", async () => {
  await openContext();
  const page = await openTab();
  await navigateUnreached(page, "Done", /^\w+day, \d+ \w+$/);
  expect(new URL(page.url()).search).toBe("?show=done");
  expect(errorsByTab.flat()).toEqual([]);
});

test("a navigation to an unreachable page that was not opened before shows an error page too", async () => {
  await openContext();
  const page = await openTab();
  await page.waitForFunction(() => {
    const loaded = new Set(performance.getEntriesByType("resource").map(({ name }) => name));
    const preloads = [...document.querySelectorAll<HTMLLinkElement>("link[rel=modulepreload]")];
    return (
      preloads.some(({ href }) => href.includes("/assets/settings-")) &&
      preloads.every(({ href }) => loaded.has(href))
    );
  });
  await navigateUnreached(page, "Settings", "Settings");
  expect(new URL(page.url()).pathname).toBe("/settings");
  expect(errorsByTab.flat()).toEqual([]);
});

test("a slow navigation shows a progress bar, which does not move with reduced motion", async () => {
  await openContext();
  const page = await openTab();
  const release = await holdRequests(page, /dashboard\.data/);
  const progressBar = () =>
    page.evaluate(() => {
      const main = document.querySelector("main") as HTMLElement;
      const { animationName, content } = getComputedStyle(main, "::before");
      return { ariaBusy: main.ariaBusy, content, animationName };
    });
  await expect.poll(progressBar).toEqual({ ariaBusy: null, content: "none", animationName: "none" });
  await page.getByRole("link", { name: "Done" }).click();
  await page.locator("main[aria-busy=true]").waitFor();
  const visible = { ariaBusy: "true", content: '""' };
  await expect.poll(progressBar).toEqual({ ...visible, animationName: "progress" });
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect.poll(progressBar).toEqual({ ...visible, animationName: "appear" });
  release();
  await page.waitForURL("**show=done");
  await page.locator("main:not([aria-busy])").waitFor();
  expect(errorsByTab.flat()).toEqual([]);
});

test("the ? key opens the keyboard shortcuts on a hydrated dashboard", async () => {
  await openContext();
  const page = await openTab();
  // The browser focuses the field of an empty list some time after it has loaded the page.
  await expect.poll(async () => (await caret(page)).isFocused).toBe(true);
  await titleField(page).blur();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await expect.poll(() => page.getByRole("dialog").count()).toBe(1);
  expect(errorsByTab.flat()).toEqual([]);
});
