import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { holdRequests, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { holdNotice, openSignedIn, row, titleField } from "../support/signed-in-page.ts";

const suite = setUpBrowserSuite();

const MODES = [
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
];
const PHONE = { viewport: { width: 360, height: 640 } };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

const open = (options: Parameters<typeof openSignedIn>[1] = {}) =>
  openSignedIn(suite, { titles: ["Buy bread", "Water the fern", "Call the FERN shop"], ...options });
const searchField = (page: Page) => page.getByRole("searchbox", { name: "Search tasks" });
const rows = (page: Page) => page.locator("[data-task] .title").allInnerTexts();
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

async function searchFor(page: Page, text: string): Promise<void> {
  await searchField(page).fill(text);
  await searchField(page).press("Enter");
  await page.waitForURL(/[?&]q=/);
}

describe.each(MODES)("$mode", ({ javaScriptEnabled }) => {
  test.each([
    ["phone", PHONE],
    ["desktop", DESKTOP],
  ])("a search marks its matches, keeps its text in every view, and is cleared, on a %s", async (_, size) => {
    const { page, errors } = await open({ javaScriptEnabled, ...size });
    await searchFor(page, "fern");
    await page.getByRole("heading", { name: "2 open tasks with “fern”" }).waitFor();
    await expect.poll(() => rows(page)).toEqual(["Call the FERN shop", "Water the fern"]);
    await expect.poll(() => page.locator("mark").allInnerTexts()).toEqual(["FERN", "fern"]);
    await expect.poll(() => searchField(page).inputValue()).toBe("fern");

    await row(page, "Water the fern")
      .getByRole("button", { name: /^Mark as done/ })
      .click();
    await row(page, "Water the fern").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "1 open task with “fern”" }).waitFor();
    await page.getByRole("link", { name: "Done 1" }).click();
    await page.getByRole("heading", { name: "1 done task with “fern”" }).waitFor();
    expect(new URL(page.url()).search).toBe("?show=done&q=fern");
    await expect.poll(() => rows(page)).toEqual(["Water the fern"]);
    await page.getByRole("link", { name: "Clear the search" }).click();
    await page.getByRole("link", { name: "All 3" }).waitFor();
    expect(new URL(page.url()).search).toBe("?show=done");
    await expect.poll(() => searchField(page).inputValue()).toBe("");
    expect(errors).toEqual([]);
  });

  test("a search without a match leads to the view that has one", async () => {
    const { page } = await open({ javaScriptEnabled, path: "/dashboard?show=done" });
    await searchFor(page, "bread");
    await page.getByRole("heading", { name: "No done tasks with “bread”" }).waitFor();
    await page.getByRole("link", { name: "Show 1 open task with it" }).click();
    await row(page, "Buy bread").waitFor();
    await searchFor(page, "nothing of the kind");
    await page.getByText("None of your tasks has it. Try a shorter word.").waitFor();
  });

  test("an edit and a deletion return to the search", async () => {
    const { page } = await open({ javaScriptEnabled, path: "/dashboard?q=fern" });
    await row(page, "Water the fern").getByRole("link", { name: /^Edit/ }).click();
    await page.getByLabel("Title").fill("Water the ferns");
    await page.getByRole("button", { name: /^Save/ }).click();
    await row(page, "Water the ferns").waitFor();
    await row(page, "FERN shop")
      .getByRole("link", { name: /^Delete/ })
      .click();
    await page.getByRole("button", { name: "Delete task" }).click();
    await holdNotice(page);
    await row(page, "FERN shop").waitFor({ state: "detached" });
    await expect.poll(() => rows(page)).toEqual(["Water the ferns"]);
    expect(new URL(page.url()).search).toBe("?q=fern");
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "FERN shop").waitFor();
  });

  test("a new task is listed if the search finds it, else the notice offers to show it", async () => {
    const { page } = await open({ javaScriptEnabled, path: "/dashboard?q=fern" });
    await titleField(page).fill("Feed the fern");
    await page.getByRole("button", { name: "Add task" }).click();
    await row(page, "Feed the fern").getByRole("link", { name: /^Edit/ }).waitFor();
    await titleField(page).fill("Mend the lamp");
    await page.getByRole("button", { name: "Add task" }).click();
    await page.getByRole("status").getByText("Added.", { exact: true }).waitFor();
    await holdNotice(page);
    await expect.poll(() => row(page, "Mend the lamp").count()).toBe(0);
    await page.getByRole("link", { name: "Show it" }).click();
    await row(page, "Mend the lamp").waitFor();
  });
});

test("a match far inside a description is visible on a phone", async () => {
  const { page, user } = await open(PHONE);
  const description = `${"First a line.\n".repeat(5)}${"Many words before it. ".repeat(10)}Then the cactus.`;
  await user.api("POST", "/api/tasks", { title: "Water", description });
  await page.goto("/dashboard?q=CACTUS");
  const [mark, note] = [await page.locator("mark").boundingBox(), await page.locator(".note").boundingBox()];
  expect(mark?.y).toBeGreaterThanOrEqual((note?.y ?? 0) - 1);
  expect((mark?.y ?? 0) + (mark?.height ?? 0)).toBeLessThanOrEqual((note?.y ?? 0) + (note?.height ?? 0) + 1);
});

test("a match far inside a title is visible on a phone, in a row of at most 56 px", async () => {
  const { page, user } = await open(PHONE);
  const title = `${"Many words before it. ".repeat(6)}Then the cactus and what follows it.`;
  await user.api("POST", "/api/tasks", { title, description: "In the hall" });
  await page.goto("/dashboard?q=CACTUS");
  const boxOf = async (selector: string) => {
    const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator(selector).boundingBox()) ?? {};
    return { left: x, right: x + width, top: y, bottom: y + height, height };
  };
  const [mark, line] = [await boxOf("mark"), await boxOf(".title")];
  expect(mark.bottom).toBeLessThanOrEqual(line.bottom + 1);
  expect(mark.right).toBeLessThanOrEqual(line.right);
  expect((await boxOf("[data-task]")).height).toBeLessThanOrEqual(56);
});

describe("the keyboard", () => {
  test("/ leads to the field, Enter to the result, and Back to the list", async () => {
    const { page, errors } = await open();
    await titleField(page).press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("fern");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "2 open tasks with “fern”" }).waitFor();
    await expect.poll(() => focusedText(page)).toBe("2 open tasks with “fern”");
    await page.keyboard.press("j");
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest("li")?.textContent))
      .toContain("FERN shop");
    await page.goBack();
    await row(page, "Buy bread").waitFor();
    await expect.poll(() => searchField(page).inputValue()).toBe("");
    expect(errors).toEqual([]);
  });

  test("text that is typed before hydration stays in the field", async () => {
    const { page } = await open({ javaScriptEnabled: false });
    const context = await suite.browser.newContext({ baseURL: suite.app.url });
    await context.addCookies(await page.context().cookies());
    const slow = await context.newPage();
    const release = await holdRequests(slow, /\/assets\/.*\.js$/);
    await slow.goto("/dashboard", { waitUntil: "commit" });
    await searchField(slow).fill("fern");
    release();
    await waitForHydration(slow);
    await expect.poll(() => searchField(slow).inputValue()).toBe("fern");
  });
});

test.each(["/dashboard", "/dashboard?show=all"])(
  "on a phone the field of %s is an icon in the line of the filters, and covers that line while it is in use",
  async (path) => {
    const { page } = await open({ ...PHONE, path });
    const [field, filters, quickAdd] = [
      searchField(page),
      page.getByRole("navigation", { name: "Which tasks" }),
      titleField(page),
    ];
    const before = {
      field: await field.boundingBox(),
      filters: await filters.boundingBox(),
      add: await quickAdd.boundingBox(),
    };
    expect(before.field).toMatchObject({ width: 44, y: before.filters?.y });
    expect(before.field?.x).toBeGreaterThanOrEqual((before.filters?.x ?? 0) + (before.filters?.width ?? 0));
    expect(before.field?.height).toBeGreaterThanOrEqual(44);
    await field.click();
    await page.keyboard.type("fern");
    const after = { field: await field.boundingBox(), add: await quickAdd.boundingBox() };
    expect(after.field?.width).toBeGreaterThan(300);
    // The list does not move.
    expect(after.add?.y).toBe(before.add?.y);
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await page.getByRole("heading", { name: /^2 (open )?tasks with “fern”$/ }).waitFor();
    await page.getByRole("link", { name: "Done 0" }).waitFor();
  },
);

test("the text of a search is not treated as unsaved, and is not stored as a draft", async () => {
  const { page } = await open();
  await searchField(page).fill("a secret word");
  const stored = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  expect(stored).not.toContain("a secret word");
});
