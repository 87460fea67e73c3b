import axe, { type RunOnly, type RunOptions } from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { keepTasks, pageStates } from "../support/page-states.ts";
import { createUser, PASSWORD, signIn, type TestUser } from "../support/users.ts";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

let tock: AppServer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [tock, browser] = await Promise.all([startApp(WITHOUT_COVERAGE), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await tock?.stop();
});
afterEach(() => context?.close());

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  // Colours on their way from one to another have the contrast of neither.
  context = await browser.newContext({ baseURL: tock.url, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(10_000);
  return context.newPage();
}

async function become(person?: TestUser): Promise<void> {
  await context.clearCookies();
  const [name = "", value = ""] = person?.cookie.split(/=(.*)/s) ?? [];
  if (person) await context.addCookies([{ name, value, url: tock.url }]);
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const EVERYTHING: RunOnly = { type: "tag", values: TAGS };
/** All that another colour scheme changes. */
const COLOURS: RunOnly = { type: "rule", values: ["color-contrast"] };

/** @returns one line for each violation that axe finds on a page that has loaded it (`axe.source`) */
async function violations(page: Page, name: string, runOnly: RunOnly): Promise<string[]> {
  const found = await page.evaluate(async (options) => (await window.axe.run(document, options)).violations, {
    runOnly,
    resultTypes: ["violations"],
  } as RunOptions);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${name}: ${id} ${html}`));
}

/** Shows a page as it stands without JavaScript to axe, which is itself a script. */
async function copy(page: Page, into: Page): Promise<void> {
  const html = (await page.content())
    .replace(/<script\b.*?<\/script>/gs, "")
    .replace(/<(\/?)noscript\b/g, "<$1div");
  await into.route("**", (route) =>
    route.request().isNavigationRequest()
      ? route.fulfill({ body: html, contentType: "text/html" })
      : route.continue(),
  );
  await into.goto(page.url());
  await into.unroute("**");
}

/** What of a page's order for the ear axe calls a matter of taste. @returns one line for each thing that is wrong */
async function disorder(page: Page, name: string): Promise<string[]> {
  const levels = await page
    .getByRole("heading")
    .evaluateAll((headings) => headings.map((heading) => Number(heading.tagName.slice(1))));
  const skips = levels.some((level, at) => level > (levels[at - 1] ?? 0) + 1);
  const ones = levels.filter((level) => level === 1).length;
  const wrong = [skips && `headings skip a level: ${levels}`, ones !== 1 && `${ones} headings of level 1`];
  for (const role of ["banner", "main"] as const) {
    const count = await page.getByRole(role).count();
    if (count !== 1) wrong.push(`${count} landmarks ${role}`);
  }
  return wrong.filter(Boolean).map((line) => `${name}: ${line}`);
}

/** The narrowest phone, and a desk of 1280 px at 200 % zoom. */
const WIDTHS = [320, 640];

/** @returns one line for each width at which the page scrolls sideways */
async function overflow(page: Page, name: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 700 });
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    if (needed > width) wrong.push(`${name}: needs ${needed} of ${width} px`);
  }
  return wrong;
}

/** What is focused is told apart from what is not. @returns nothing, or one line */
async function unseenFocus(page: Page, name: string): Promise<string[]> {
  const unseen = await page.evaluate(() => {
    const shown = (element: Element) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && !/, 0\)$/.test(outlineColor);
    };
    const focused = document.activeElement;
    if (!focused || focused === document.body) return "";
    // A label or row may show it for what is inside.
    for (let at: Element | null = focused; at && at !== document.body; at = at.parentElement)
      if (shown(at)) return "";
    return focused.outerHTML.slice(0, 200);
  });
  return unseen ? [`${name}: the focus cannot be seen on ${unseen}`] : [];
}

describe.each([
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
])("$mode", ({ javaScriptEnabled }) => {
  test("no page has an axe violation in any state, in light or dark, nor scrolls sideways", async () => {
    const page = await open({ javaScriptEnabled, deviceScaleFactor: 2 });
    const reader = javaScriptEnabled ? page : await browser.newPage({ reducedMotion: "reduce" });
    const ann = await createUser(tock);
    const task = await keepTasks(ann);
    // One more session, for the list in the settings.
    await signIn(tock.url, ann.email);
    const people = { nobody: undefined, newcomer: await createUser(tock), ann };
    const width = javaScriptEnabled ? 1280 : 360;
    let here: string | undefined;
    for (const { name, path, who, reach, scripted } of pageStates(task)) {
      if (scripted && reader !== page) continue;
      if (who !== here) await become(people[who]);
      here = who;
      for (const each of [page, reader]) await each.setViewportSize({ width, height: 740 });
      await reader.emulateMedia({ colorScheme: "light" });
      await page.goto(path);
      await reach?.(page);
      if (reader !== page) await copy(page, reader);
      await reader.evaluate(axe.source);
      const wrong = [
        ...(await violations(reader, name, EVERYTHING)),
        ...(await disorder(page, name)),
        ...(await overflow(page, name)),
      ];
      await reader.emulateMedia({ colorScheme: "dark" });
      wrong.push(...(await violations(reader, `${name}, dark`, COLOURS)));
      expect(wrong).toEqual([]);
    }
    await reader.context().close();
  }, 180_000);

  test("the first press of Tab offers the way past the menu", async () => {
    const page = await open({ javaScriptEnabled });
    await page.goto("/");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Skip to/);
    const box = await page.locator(":focus").boundingBox();
    expect(box && box.y >= 0 && box.height >= 40).toBe(true);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
  });

  test("somebody signs up, adds, completes, changes and deletes a task, and signs out, by keyboard alone", async () => {
    const page = await open({ javaScriptEnabled });
    const main = page.getByRole("main");
    const row = (title: string) => main.getByRole("listitem").filter({ hasText: title });
    const tabTo = async (target: Locator) => {
      await target.first().waitFor();
      for (let presses = 0; presses < 60; presses++) {
        if (await target.first().evaluate((element) => element === document.activeElement)) {
          expect(await unseenFocus(page, page.url())).toEqual([]);
          return;
        }
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not come to ${target}`);
    };
    const type = async (target: Locator, text: string) => {
      await tabTo(target);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(text);
    };
    const enter = async (target: Locator, key = "Enter") => {
      await tabTo(target);
      await page.keyboard.press(key);
    };

    await page.goto("/");
    await enter(main.getByRole("link", { name: "Sign up" }));
    await page.waitForURL("**/signup");
    await type(page.getByLabel("Name"), "Grace");
    await type(page.getByLabel("Email"), `keys-${javaScriptEnabled}@example.org`);
    await type(page.getByLabel("Password", { exact: true }), PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/dashboard");

    for (const title of ["Water the fern", "Buy bread"]) {
      await type(page.getByLabel("New task"), title);
      await page.keyboard.press("Enter");
      await row(title).waitFor();
    }
    await enter(row("Buy bread").getByRole("button", { name: /done/i }), "Space");
    await row("Buy bread").getByRole("button", { name: /open/i }).waitFor();

    await enter(
      row("Water the fern")
        .getByRole("link", { name: /edit/i })
        .or(row("Water the fern").getByRole("button", { name: /edit/i })),
    );
    await type(page.getByRole("textbox", { name: /^title/i }), "Water the ivy");
    await enter(page.getByRole("button", { name: /^save/i }));
    await row("Water the ivy").waitFor();

    await enter(
      row("Buy bread")
        .getByRole("link", { name: /delete/i })
        .or(row("Buy bread").getByRole("button", { name: /delete/i })),
    );
    const sure = javaScriptEnabled ? page.getByRole("dialog") : main;
    await enter(sure.getByRole("button", { name: /delete/i }));
    await row("Buy bread").waitFor({ state: "detached" });
    await row("Water the ivy").waitFor();

    await enter(page.getByRole("banner").getByRole("link", { name: "Settings" }));
    await page.waitForURL("**/settings");
    await type(page.getByLabel("Name"), "Grace H.");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText(/saved/).waitFor();
    await enter(page.getByRole("button", { name: "Sign out", exact: true }));
    await page.waitForURL(`${tock.url}/`);
  });
});

/** @returns whether it makes a difference to the eye when these parts of it are hidden */
async function isSeen(target: Locator, parts: string): Promise<boolean> {
  // Hidden, it may lose the name by which it was found.
  const element = await target.elementHandle();
  if (!element) return false;
  const before = await element.screenshot();
  for (const part of await element.$$(parts))
    await part.evaluate((node) => ((node as HTMLElement).style.visibility = "hidden"));
  return !before.equals(await element.screenshot());
}

test("with forced colours and less motion, checks and focus are seen, and nothing moves", async () => {
  const page = await open({ forcedColors: "active" });
  const ann = await createUser(tock);
  await keepTasks(ann);
  await become(ann);
  await page.goto("/dashboard");
  await page.evaluate(axe.source);
  expect(await violations(page, "dashboard", EVERYTHING)).toEqual([]);

  const row = page.getByRole("main").getByRole("listitem");
  const done = row.getByRole("button", { name: /^mark as open/i }).first();
  const todo = row.getByRole("button", { name: /^mark as done/i }).first();
  expect(await isSeen(done, "svg")).toBe(true);
  expect(await isSeen(todo, "*")).toBe(true);

  for (let presses = 0; presses < 25; presses++) {
    await page.keyboard.press("Tab");
    expect(await unseenFocus(page, "dashboard")).toEqual([]);
  }
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")]
      .filter((element) => {
        const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
        const seconds = (list: string) => Math.max(...list.split(",").map(Number.parseFloat));
        return (
          seconds(transitionDuration) > 0.01 ||
          (animationName !== "none" && seconds(animationDuration) > 0.01)
        );
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  expect(moving).toEqual([]);
});
