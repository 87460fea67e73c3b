import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { holdRequests, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import {
  editLink,
  focusedName,
  holdNotice,
  isInView,
  openSignedIn,
  row,
  titleField,
} from "../support/signed-in-page.ts";
import { createUser } from "../support/users.ts";

const suite = setUpBrowserSuite();

const open = (options: Parameters<typeof openSignedIn>[1] = {}) => openSignedIn(suite, options);

const ERRANDS = Array.from({ length: 24 }, (_, index) => `Errand ${index + 1}.`);
const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];

/** Looks in every frame from now on whether the title is struck through: it is only for some 600 ms. */
async function watchStrikeThrough(page: Page, title: string): Promise<() => Promise<boolean>> {
  const watch = await row(page, title)
    .locator(".title")
    .evaluateHandle((element) => {
      const seen = { isStruck: false };
      const look = () => {
        seen.isStruck ||= !/, 0\)$/.test(getComputedStyle(element).textDecorationColor);
        if (element.isConnected && !seen.isStruck) requestAnimationFrame(look);
      };
      look();
      return seen;
    });
  return () => watch.evaluate(({ isStruck }) => isStruck);
}

test("a task checked in the open view is struck through before it leaves, and Undo brings it back", async () => {
  const { page, errors } = await open({ titles: ["One", "Two"] });
  const wasStruck = await watchStrikeThrough(page, "Two");
  expect(await wasStruck()).toBe(false);
  await row(page, "Two")
    .getByRole("button", { name: /^Mark as done/ })
    .click();
  await page.getByRole("status").getByText("Done.", { exact: true }).waitFor();
  await holdNotice(page);
  await row(page, "Two").waitFor({ state: "detached" });
  expect(await wasStruck()).toBe(true);
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, "Two")
    .getByRole("button", { name: /^Mark as done/ })
    .waitFor();
  expect(errors).toEqual([]);
});

test.each(["/dashboard", "/dashboard?show=all"])(
  "Undo of a check in %s scrolls nothing, moves the focus to the task, and its notice leaves",
  async (path) => {
    const { page } = await open({ path, titles: ERRANDS, viewport: { width: 700, height: 500 } });
    const check = row(page, "Errand 8.").getByRole("button");
    await check.click();
    await page.getByRole("status").getByText("Done.", { exact: true }).waitFor();
    await holdNotice(page);
    // The other tasks are where they will be.
    if (path === "/dashboard") await row(page, "Errand 8.").waitFor({ state: "detached" });
    const before = await page.evaluate(() => scrollY);
    expect(before).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Undo" }).press("Enter");
    await row(page, "Errand 8.")
      .getByRole("button", { name: /^Mark as done/ })
      .waitFor();
    await expect.poll(() => check.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await page.evaluate(() => scrollY)).toBe(before);
    await page.mouse.move(5, 5);
    await page.locator(".toast").waitFor({ state: "detached" });
  },
);

test("Escape leaves quick add for the list while a task is being added", async () => {
  const { page } = await open({ titles: ["One"] });
  const release = await holdRequests(page, "**/dashboard.data**", "POST");
  await titleField(page).fill("Two");
  await page.keyboard.press("Enter");
  await row(page, "Two").getByText("Adding…").waitFor();
  await page.keyboard.press("Escape");
  const check = row(page, "One").getByRole("button", { name: /^Mark as done/ });
  await expect.poll(() => check.evaluate((button) => button === document.activeElement)).toBe(true);
  release();
});

test("the check under the pointer shows no mark before it is clicked", async () => {
  const { page } = await open({ titles: ["One"] });
  const check = row(page, "One").getByRole("button", { name: /^Mark as done/ });
  await check.hover();
  await page.waitForTimeout(400);
  const clip = await check.evaluate((button) => getComputedStyle(button, "::after").clipPath);
  expect(clip).toMatch(/100%/);
});

describe.each(MODES)("$mode", ({ javaScriptEnabled }) => {
  test("an add that is visible shows no notice and leaves the caret in the field", async () => {
    const { page, errors } = await open({ javaScriptEnabled, titles: ["One"] });
    await titleField(page).fill("Two");
    await page.getByRole("button", { name: "Add task" }).click();
    await row(page, "Two").getByRole("link", { name: /^Edit/ }).waitFor();
    expect(await page.locator(".toast").count()).toBe(0);
    await expect.poll(() => focusedName(page)).toBe("New task");
    await page.keyboard.type("Three");
    await expect.poll(() => titleField(page).inputValue()).toBe("Three");
    expect(errors).toEqual([]);
  });

  test.each(["/dashboard?show=done", "/dashboard?page=2", "/dashboard?q=Fern"])(
    "an add from %s leaves the caret in the field and offers to show it, which focuses the list",
    async (path) => {
      const { page } = await open({ javaScriptEnabled, path, titles: ERRANDS });
      await titleField(page).fill("Somewhere else");
      await page.getByRole("button", { name: "Add task" }).click();
      await page.getByRole("status").getByText("Added.", { exact: true }).waitFor();
      await holdNotice(page);
      await expect.poll(() => focusedName(page)).toBe("New task");
      await page.getByRole("link", { name: "Show it" }).press("Enter");
      await row(page, "Somewhere else").waitFor();
      if (javaScriptEnabled) await expect.poll(() => focusedName(page)).toMatch(/^\d+ open tasks$/);
    },
  );

  test("the list shows what is to do, and the done tasks by their completion, newest first", async () => {
    const { page } = await open({ javaScriptEnabled, titles: ["Bread", "Milk", "Tea"] });
    for (const title of ["Tea", "Bread"]) {
      await row(page, title)
        .getByRole("button", { name: /^Mark as done/ })
        .click();
      await row(page, title).waitFor({ state: "detached" });
    }
    const titles = () => page.locator(".tasks .title").allTextContents();
    await expect.poll(titles).toEqual(["Milk"]);
    await page.getByRole("link", { name: /^Done/ }).click();
    await expect.poll(titles).toEqual(["Bread", "Tea"]);
  });

  test("Undo of a deletion survives a reload", async () => {
    const { page } = await open({ javaScriptEnabled, titles: ["One", "Two"] });
    await row(page, "Two")
      .getByRole("link", { name: /^Delete/ })
      .click();
    await page.getByRole("button", { name: "Delete task" }).click();
    await row(page, "Two").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await page.reload();
    if (javaScriptEnabled) await waitForHydration(page);
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "Two").getByRole("link", { name: /^Edit/ }).waitFor();
  });

  test("a row has no date; the task's own page has it", async () => {
    const { page } = await open({ javaScriptEnabled, titles: ["One"] });
    await expect.poll(() => page.locator("main li time").count()).toBe(0);
    await page.goto((await editLink(page, "One").getAttribute("href")) ?? "");
    await page
      .getByText(/^Added /)
      .locator("time")
      .waitFor();
  });

  test("a wrong password is reported once, beside the password, which has the focus", async () => {
    const { email } = await createUser(suite.app);
    const page = await suite.browser.newPage({ baseURL: suite.app.url, javaScriptEnabled });
    await page.goto("/signin");
    if (javaScriptEnabled) await waitForHydration(page);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill("not the right one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("That email and password don't match.").first().waitFor();
    await expect.poll(() => page.getByText("That email and password don't match.").count()).toBe(1);
    await expect.poll(() => focusedName(page)).toBe("Password");
  });
});

test("a notice leaves by itself, but not while the pointer is on it", async () => {
  const { page } = await open({ titles: ["One"] });
  await row(page, "One")
    .getByRole("button", { name: /^Mark as done/ })
    .click();
  const toast = page.locator(".toast");
  await toast.hover();
  await page.waitForTimeout(6_500);
  expect(await toast.count()).toBe(1);
  await page.mouse.move(5, 5);
  await toast.waitFor({ state: "detached" });
});

test("without JavaScript a notice leaves by itself, but not while it is in use, nor with Undo", async () => {
  const { page } = await open({ javaScriptEnabled: false, path: "/dashboard?show=done", titles: ["One"] });
  await titleField(page).fill("Two");
  await page.getByRole("button", { name: "Add task" }).click();
  const toast = page.locator(".toast");
  const stateOf = () => toast.evaluate((element) => element.getAnimations()[0]?.playState);
  await expect.poll(stateOf).toBe("running");
  await toast.hover();
  await expect.poll(stateOf).toBe("paused");
  await page.mouse.move(5, 5);
  await expect.poll(stateOf).toBe("running");
  await toast.getByRole("link", { name: "Show it" }).focus();
  await expect.poll(stateOf).toBe("paused");
  await titleField(page).focus();
  await toast.waitFor({ state: "hidden" });

  await page.goto("/dashboard");
  await row(page, "Two")
    .getByRole("button", { name: /^Mark as done/ })
    .click();
  await toast.getByRole("button", { name: "Undo" }).waitFor();
  const names = () =>
    toast.evaluate((element) =>
      element.getAnimations().map((animation) => (animation as CSSAnimation).animationName),
    );
  expect(await names()).not.toContain("disappear");
});

test("without JavaScript the page stands at the same row after a check and an edit", async () => {
  const viewport = { width: 700, height: 500 };
  const path = "/dashboard?show=all";
  const { page } = await open({ javaScriptEnabled: false, viewport, path, titles: ERRANDS });
  await row(page, "Errand 8.").getByRole("button").click();
  await row(page, "Errand 8.")
    .getByRole("button", { name: /^Mark as open/ })
    .waitFor();
  await expect.poll(() => isInView(page, "Errand 8.")).toBe(true);
  await editLink(page, "Errand 9.").click();
  await page.getByLabel("Title").fill("Errand nine");
  await page.getByRole("button", { name: /^Save/ }).click();
  await row(page, "Errand nine").waitFor();
  await expect.poll(() => isInView(page, "Errand nine")).toBe(true);
});

test("without JavaScript the page stands at the next row after a check that removes a task from the view", async () => {
  const viewport = { width: 360, height: 500 };
  const { page } = await open({ javaScriptEnabled: false, viewport, titles: ERRANDS });
  for (const [title, next] of [
    ["Errand 8.", "Errand 7."],
    // The last row of the page: the one above it.
    ["Errand 4.", "Errand 5."],
  ] as const) {
    await row(page, title).getByRole("button").click();
    await row(page, title).waitFor({ state: "detached" });
    await expect.poll(() => isInView(page, next)).toBe(true);
    expect(new URL(page.url()).search).toBe("");
  }
});

describe("the keyboard", () => {
  test("a first visit starts in the field, Escape leads to the list, and Control with Enter saves", async () => {
    const empty = await open();
    await expect.poll(() => focusedName(empty.page)).toBe("New task");
    await empty.page.context().close();
    const { page, errors } = await open({ titles: ["One", "Two"] });
    await titleField(page).focus();
    await page.keyboard.type("Three");
    await page.keyboard.press("Escape");
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest("[data-task]") !== null))
      .toBe(true);
    await expect.poll(() => titleField(page).inputValue()).toBe("Three");
    await page.keyboard.press("e");
    await page.getByLabel("Description").last().fill("With words");
    await page.keyboard.press("Control+Enter");
    await row(page, "With words").waitFor();
    expect(errors).toEqual([]);
  });

  test("a skip link leads from the form to the list, and the whole row shows the focus", async () => {
    const { page } = await open({ titles: ["One", "Two"] });
    await titleField(page).focus();
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to the list" });
    for (let i = 0; i < 4 && !(await skip.evaluate((link) => link === document.activeElement)); i++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const outlined = await page.evaluate(() => {
      const focusedRow = document.activeElement?.closest("[data-task]");
      return focusedRow ? getComputedStyle(focusedRow).outlineStyle : "no row";
    });
    expect(outlined).toBe("solid");
  });
});

describe("the look", () => {
  test("the heading is the date in the reader's time zone, and counts what is left", async () => {
    const { page } = await open({ titles: ["One", "Two"], timezoneId: "Pacific/Kiritimati" });
    const today = new Intl.DateTimeFormat("en-GB", {
      weekday: "long",
      day: "numeric",
      month: "long",
      timeZone: "Pacific/Kiritimati",
    }).format();
    const heading = page.getByRole("heading", { level: 1 });
    await expect.poll(() => heading.innerText()).toBe(today.replace(/^(\w+) /, "$1, "));
    await page.getByText("2 left", { exact: true }).waitFor();
  });

  test("a phone shows seven tasks on its first screen, none higher than 56 px", async () => {
    const viewport = { width: 360, height: 640 };
    const { page, user } = await open({ viewport, titles: ERRANDS.slice(0, 5) });
    for (const title of ["A long title that needs more than one line on a phone with 360 px", "Short"])
      await user.api("POST", "/api/tasks", {
        title,
        description: "And a description of some length.\nTwo lines.",
      });
    await page.reload();
    const boxes = await page
      .locator("[data-task]")
      .evaluateAll((rows) => rows.map((each) => each.getBoundingClientRect().toJSON()));
    expect(boxes).toHaveLength(7);
    for (const { height, bottom } of boxes) {
      expect(height).toBeLessThanOrEqual(56);
      expect(bottom).toBeLessThanOrEqual(viewport.height);
    }
  });

  test.each(MODES)(
    "the theme is chosen in the settings, which stay where they are, and kept by a cookie, $mode",
    async ({ javaScriptEnabled }) => {
      const { page } = await open({ javaScriptEnabled, colorScheme: "light", path: "/settings" });
      const background = () =>
        page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const light = await background();
      await page.getByLabel("Dark", { exact: true }).check();
      await page.getByRole("button", { name: "Save theme" }).click();
      await page.getByRole("status").getByText("Theme saved.").waitFor();
      await expect.poll(background).not.toBe(light);
      if (javaScriptEnabled) expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
      await page.goto("/dashboard");
      await expect.poll(background).not.toBe(light);
      await page.goto("/settings");
      await page.getByLabel("Same as my device").check();
      await page.getByRole("button", { name: "Save theme" }).click();
      await page.getByRole("status").getByText("Theme saved.").waitFor();
      await expect.poll(background).toBe(light);
    },
  );
});
