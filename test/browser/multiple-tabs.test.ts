import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { createUser, type TestUser } from "../support/users.ts";

let tock: AppServer;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];
let ann: TestUser;

beforeAll(async () => {
  [tock, browser] = await Promise.all([startApp(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await tock.stop();
});
afterEach(() => context.close());

/** Somebody new, signed in. */
async function arrive(options: BrowserContextOptions = {}): Promise<void> {
  ann = await createUser(tock);
  context = await browser.newContext({ baseURL: tock.url, ...options });
  context.setDefaultTimeout(10_000);
  const [name = "", value = ""] = ann.cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: tock.url }]);
  complaints = [];
}

async function openTab(path = "/dashboard"): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // That nothing came while the network was off is what is tested.
    if (
      message.type() === "error" &&
      !/ERR_INTERNET_DISCONNECTED|Failed to fetch|route module/.test(message.text())
    )
      complaints.push(message.text());
  });
  await page.goto(path, { waitUntil: "networkidle" });
  return page;
}

/** A headless browser shows all its tabs at once: it is only told that somebody has come back to this one. */
const comeBack = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

const field = (page: Page) => page.getByLabel("New task");
const caret = (page: Page) =>
  field(page).evaluate((input: HTMLInputElement) => [
    document.activeElement === input,
    input.value,
    input.selectionStart,
  ]);

test("days are the reader's own: at once where the zone is known, after hydration where it is not", async () => {
  await arrive({ timezoneId: "Pacific/Kiritimati" });
  await ann.api("POST", "/api/tasks", { title: "Water the fern" });
  const page = await openTab("/signin");
  const sent = async () => {
    const html = (await (await page.goto("/dashboard", { waitUntil: "networkidle" }))?.text()) ?? "";
    return /<time[^>]*>([^<]*)</.exec(html)?.[1];
  };
  expect(await sent()).toBe("Today");
  await context.clearCookies({ name: "zone" });
  expect(await sent()).toMatch(/^\d+ [A-Z][a-z]+$/);
  const time = page.locator("time").first();
  expect(await time.innerText()).toBe("Today");
  expect(await time.getAttribute("title")).toMatch(/^[A-Z][a-z]+day \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d$/);

  const [zone] = (await context.cookies()).filter(({ name }) => name === "zone");
  expect(zone).toMatchObject({ value: "Pacific/Kiritimati", sameSite: "Lax", path: "/", secure: false });
  expect((zone?.expires ?? 0) * 1_000 - Date.now()).toBeGreaterThan(300 * 24 * 3_600_000);
  expect(complaints).toEqual([]);
});

test("what was done in another tab is there on return, and what was being typed too", async () => {
  await arrive();
  const [here, there] = [await openTab(), await openTab()];
  await field(here).pressSequentially("Half a thought");
  await here.keyboard.press("ArrowLeft");
  await field(there).fill("From the other tab");
  await there.keyboard.press("Enter");
  await there.getByText("From the other tab").first().waitFor();

  // Not at once after it was opened: it was fresh then.
  await expect
    .poll(() => comeBack(here).then(() => here.getByText("From the other tab").count()), { timeout: 10_000 })
    .toBeGreaterThan(0);
  expect(await caret(here)).toEqual([true, "Half a thought", 13]);

  await there.getByRole("button", { name: "Sign out" }).click();
  await there.waitForURL(`${tock.url}/`);
  await expect
    .poll(() => comeBack(here).then(() => new URL(here.url()).pathname), { timeout: 10_000 })
    .toBe("/signin");
  expect(complaints).toEqual([]);
});

test("without a network nothing that was typed is lost, and the page says what is wrong", async () => {
  await arrive();
  const page = await openTab();
  await context.setOffline(true);
  const banner = page.getByText(/^You're offline\./);
  await banner.waitFor();
  await field(page).fill("Written on a train");
  await page.keyboard.press("Enter");
  await page.getByText("Tock can't be reached. Your text is kept", { exact: false }).waitFor();
  expect(await field(page).inputValue()).toBe("Written on a train");
  await comeBack(page);
  expect(await field(page).inputValue()).toBe("Written on a train");

  await context.setOffline(false);
  await banner.waitFor({ state: "detached" });
  await field(page).press("Enter");
  // Once, and by then the field is free for the next.
  const kept = async () => (await ann.api("GET", "/api/tasks")).body.pagination.total;
  await expect.poll(kept, { timeout: 10_000 }).toBe(1);
  expect(await field(page).inputValue()).toBe("");

  // One page is here already, the other's script is still to come.
  for (const [link, heading] of [
    ["Done", "Your tasks"],
    ["Settings", "Settings"],
  ] as const) {
    await context.setOffline(true);
    await page.getByRole("link", { name: link, exact: link === "Settings" }).click();
    await page.getByRole("heading", { name: "Tock can't be reached" }).waitFor();
    await page.getByRole("link", { name: "Try again" }).click();
    await context.setOffline(false);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  }
  expect(new URL(page.url()).pathname).toBe("/settings");
  expect(complaints).toEqual([]);
});

test("a page that is slow to come shows a bar, which stands still for those who want no motion", async () => {
  await arrive();
  const page = await openTab();
  let answer = () => {};
  await page.route(/dashboard\.data/, (route) => {
    answer = () => void route.continue();
  });
  const bar = () =>
    page.evaluate(() => {
      const main = document.querySelector("main") as HTMLElement;
      const { animationName, content } = getComputedStyle(main, "::before");
      return [main.ariaBusy, content, animationName];
    });
  expect(await bar()).toEqual([null, "none", "none"]);
  await page.getByRole("link", { name: "Done" }).click();
  await page.locator("main[aria-busy=true]").waitFor();
  expect(await bar()).toEqual(["true", '""', "progress"]);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await bar()).toEqual(["true", '""', "appear"]);
  answer();
  await page.waitForURL("**show=done");
  await page.locator("main:not([aria-busy])").waitFor();
  expect(complaints).toEqual([]);
});

/** Keys are shortcuts as soon as the page listens: one that was pressed too early is pressed again. */
const comesToLife = async (page: Page) => {
  await field(page).blur();
  await expect
    .poll(() => page.keyboard.press("?").then(() => page.getByRole("dialog").count()), { timeout: 10_000 })
    .toBe(1);
};

test("a page is painted before any of its scripts is asked for, and comes to life all the same", async () => {
  await arrive();
  const page = await openTab();
  const { painted, asked } = await page.evaluate(() => ({
    painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.POSITIVE_INFINITY,
    asked: performance
      .getEntriesByType("resource")
      .filter(({ name }) => name.endsWith(".js"))
      .map(({ startTime }) => startTime),
  }));
  expect(asked.length).toBeGreaterThan(2);
  expect(Math.min(...asked)).toBeGreaterThan(painted);
  await comesToLife(page);
  expect(complaints).toEqual([]);
});

test("a page that is never painted, in a tab behind another, comes to life as well", async () => {
  await arrive();
  await context.addInitScript(() => {
    PerformanceObserver.prototype.observe = () => {};
  });
  const page = await openTab();
  await comesToLife(page);
  expect(complaints).toEqual([]);
});
