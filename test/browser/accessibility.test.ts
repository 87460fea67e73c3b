import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  ALL_RULES,
  axeViolations,
  COLOUR_RULES,
  focusViolations,
  isVisuallyPresent,
  overflowViolations,
  structureViolations,
} from "../support/accessibility-checks.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { addSession, openHydrated } from "../support/browser-page.ts";
import { createTasks, pageStates } from "../support/page-states.ts";
import { createUser, PASSWORD, signIn, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

let app: AppServer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [app, browser] = await Promise.all([startApp(WITHOUT_COVERAGE), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
});
afterEach(() => context?.close());

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  // During a colour transition the contrast is neither that of the start nor of the end.
  context = await browser.newContext({ baseURL: app.url, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(WAIT_MS);
  return context.newPage();
}

async function switchUser(user: TestUser | undefined): Promise<void> {
  await context.clearCookies();
  if (user) await addSession(context, app.url, user);
}

/** Copies a page without its scripts into a page that runs JavaScript, as axe is a script. */
async function copyPage(page: Page, into: Page): Promise<void> {
  await page.waitForLoadState();
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

describe.each([
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
])("$mode", ({ javaScriptEnabled }) => {
  test(`no page in any state has an axe violation${javaScriptEnabled ? ", in light or dark" : ""}, or scrolls horizontally`, async () => {
    const page = await openPage({ javaScriptEnabled });
    const axePage = javaScriptEnabled ? page : await browser.newPage({ reducedMotion: "reduce" });
    const user = await createUser(app);
    const task = await createTasks(user);
    // A second session shows the controls of the session list in the settings.
    await signIn(app.url, user.email);
    const users = { visitor: undefined, "new user": await createUser(app), user };
    const width = javaScriptEnabled ? 1280 : 360;
    let current: string | undefined;
    for (const { name, path, as, prepare, needsJavaScript } of pageStates(task)) {
      if (needsJavaScript && !javaScriptEnabled) continue;
      if (as !== current) await switchUser(users[as]);
      current = as;
      for (const each of [page, axePage]) await each.setViewportSize({ width, height: 740 });
      await axePage.emulateMedia({ colorScheme: "light" });
      if (javaScriptEnabled) await openHydrated(page, path);
      else await page.goto(path);
      await prepare?.(page);
      if (axePage !== page) await copyPage(page, axePage);
      const violations = [
        ...(await axeViolations(axePage, name, ALL_RULES)),
        ...(await structureViolations(page, name)),
        ...(await overflowViolations(page, name)),
      ];
      // Colours do not depend on JavaScript.
      if (javaScriptEnabled) {
        await axePage.emulateMedia({ colorScheme: "dark" });
        violations.push(...(await axeViolations(axePage, `${name}, dark`, COLOUR_RULES)));
      }
      expect(violations).toEqual([]);
    }
    await axePage.context().close();
  }, 180_000);

  test("the first Tab focuses a visible skip link, which leads past the menu to the content", async () => {
    const page = await openPage({ javaScriptEnabled });
    if (javaScriptEnabled) await openHydrated(page, "/");
    else await page.goto("/");
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Skip to/);
    const box = await page.locator(":focus").boundingBox();
    expect(box && box.y >= 0 && box.height >= 40).toBe(true);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
  });

  test("sign-up, tasks, settings and sign-out work with the keyboard alone", async () => {
    const page = await openPage({ javaScriptEnabled });
    const main = page.getByRole("main");
    const row = (title: string) => main.getByRole("listitem").filter({ hasText: title });
    const tabTo = async (target: Locator) => {
      await target.first().waitFor();
      for (let presses = 0; presses < 60; presses++) {
        if (await target.first().evaluate((element) => element === document.activeElement)) {
          expect(await focusViolations(page, page.url())).toEqual([]);
          return;
        }
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not reach ${target}`);
    };
    const type = async (target: Locator, text: string) => {
      await tabTo(target);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(text);
    };
    const activate = async (target: Locator, key = "Enter") => {
      await tabTo(target);
      await page.keyboard.press(key);
    };

    if (javaScriptEnabled) await openHydrated(page, "/");
    else await page.goto("/");
    await activate(main.getByRole("link", { name: "Sign up" }));
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
    await activate(main.getByRole("link", { name: /^All/ }));
    await page.waitForURL("**/dashboard?show=all");
    await activate(row("Buy bread").getByRole("button", { name: /done/i }), "Space");
    await row("Buy bread").getByRole("button", { name: /open/i }).waitFor();

    await activate(
      row("Water the fern")
        .getByRole("link", { name: /edit/i })
        .or(row("Water the fern").getByRole("button", { name: /edit/i })),
    );
    await type(page.getByRole("textbox", { name: /^title/i }), "Water the ivy");
    await activate(page.getByRole("button", { name: /^save/i }));
    await row("Water the ivy").waitFor();

    await activate(
      row("Buy bread")
        .getByRole("link", { name: /delete/i })
        .or(row("Buy bread").getByRole("button", { name: /delete/i })),
    );
    const confirmation = javaScriptEnabled ? page.getByRole("dialog") : main;
    await activate(confirmation.getByRole("button", { name: /delete/i }));
    await row("Buy bread").waitFor({ state: "detached" });
    await row("Water the ivy").waitFor();

    await activate(page.getByRole("banner").getByRole("link", { name: "Settings" }));
    await page.waitForURL("**/settings");
    await type(page.getByLabel("Name"), "Grace H.");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText(/saved/).waitFor();
    await activate(page.getByRole("button", { name: "Sign out", exact: true }));
    await page.waitForURL(`${app.url}/`);
  });
});

test("forced colours show check marks and focus, and reduced motion disables all animations", async () => {
  const page = await openPage({ forcedColors: "active" });
  const user = await createUser(app);
  await createTasks(user);
  await switchUser(user);
  await openHydrated(page, "/dashboard?show=all");
  await page.evaluate(() => document.fonts.ready);
  expect(await axeViolations(page, "dashboard", ALL_RULES)).toEqual([]);

  const row = page.getByRole("main").getByRole("listitem");
  const done = row.getByRole("button", { name: /^mark as open/i }).first();
  const todo = row.getByRole("button", { name: /^mark as done/i }).first();
  await expect.poll(() => isVisuallyPresent(done, "::after")).toBe(true);
  await expect.poll(() => isVisuallyPresent(todo, "::before")).toBe(true);
  await expect.poll(() => isVisuallyPresent(page.getByRole("search"), "::before")).toBe(true);
  for (const name of [/^edit/i, /^delete/i])
    await expect
      .poll(() => isVisuallyPresent(row.getByRole("link", { name }).first(), "::before"))
      .toBe(true);

  for (let presses = 0; presses < 25; presses++) {
    await page.keyboard.press("Tab");
    expect(await focusViolations(page, "dashboard")).toEqual([]);
  }
  const animated = await page.evaluate(() =>
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
  expect(animated).toEqual([]);
});
