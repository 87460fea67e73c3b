import type { Page } from "playwright-core";
import { holdRequests } from "./browser-page.ts";
import { PASSWORD, type TestUser } from "./users.ts";

/** Titles that stress the layout: unbreakable, right-to-left, emoji, and text that looks like HTML. */
const TITLES = [
  "Water the fern",
  "unbroken".repeat(25),
  "اشترِ الخبز والحليب من المخبز القديم غدًا صباحًا",
  "🌿🪴🌵 ivy 👩🏽‍🌾👨‍👩‍👧‍👦",
  "<b>not bold</b> & “quoted”",
];

/** A page, and the steps to a state that has no URL of its own. */
export interface PageState {
  name: string;
  path: string;
  /** The user who opens it: a visitor, a user without tasks, or a user with two pages of tasks. */
  as: "visitor" | "new user" | "user";
  prepare?: (page: Page) => Promise<void>;
  needsJavaScript?: true;
}

const clickButton = (name: RegExp) => (page: Page) =>
  page.getByRole("main").getByRole("button", { name }).first().click();

/** Submits a form with invalid values. */
const submitInvalid = (name: RegExp) => async (page: Page) => {
  await clickButton(name)(page);
  await page.locator("main [aria-invalid=true]").first().waitFor();
};

const AS_PAGE = { headers: { "Sec-Fetch-Site": "same-origin" } };

const fillEdit = async (page: Page) => {
  await page.getByRole("textbox", { name: "Title" }).fill("Water the ivy");
  await page.getByRole("textbox", { name: "Description" }).last().fill("In the hall, twice a week");
};

/** Saves a form whose task another device changes meanwhile. */
const saveChangedElsewhere = (task: number) => async (page: Page) => {
  await fillEdit(page);
  const data = { title: `Water the cactus ${Date.now()}`, description: "On the window sill" };
  await page.request.put(`/api/tasks/${task}`, { ...AS_PAGE, data });
  await clickButton(/^save/i)(page);
  await page.getByRole("group", { name: /title was changed/i }).waitFor();
};

/** Saves a form whose task another device deletes meanwhile, and restores the task. */
const saveDeletedElsewhere = (task: number) => async (page: Page) => {
  await fillEdit(page);
  await page.request.delete(`/api/tasks/${task}`, AS_PAGE);
  await clickButton(/^save/i)(page);
  await page.getByRole("button", { name: "Add as new" }).waitFor();
  const form = { intent: "restore", id: String(task) };
  await page.request.post("/dashboard", { ...AS_PAGE, form, maxRedirects: 0 });
};

const openEditor = async (page: Page) => {
  await page.getByRole("main").getByRole("link", { name: /^Edit/ }).first().click();
  await page.getByRole("textbox", { name: /title/i }).first().waitFor();
};

/** Creates two pages of tasks, some of them done. @returns the id of the newest */
export async function createTasks(user: TestUser): Promise<number> {
  let id = 0;
  for (let index = 23; index >= 0; index--) {
    const title = TITLES[index] ?? `Errand ${index}`;
    const description = index % 2 ? `${TITLES[index] ?? "Brass"}\n\nsecond line` : undefined;
    id = (await user.api("POST", "/api/tasks", { title, description })).body.id;
    if (index % 3 === 1) await user.api("PATCH", `/api/tasks/${id}/complete`);
  }
  return id;
}

/** Every page in every state. One of the last ones deletes the task, and those after it show it in the trash. */
export const pageStates = (task: number): PageState[] => [
  { name: "landing", path: "/", as: "visitor" },
  { name: "sign-up", path: "/signup", as: "visitor" },
  { name: "sign-up, invalid", path: "/signup", as: "visitor", prepare: submitInvalid(/sign up/i) },
  { name: "sign-in", path: "/signin", as: "visitor" },
  { name: "API reference", path: "/docs/api", as: "visitor" },
  { name: "sign-in, invalid", path: "/signin", as: "visitor", prepare: submitInvalid(/sign in/i) },
  { name: "forgot password, without a mail server", path: "/forgot-password", as: "visitor" },
  { name: "used link", path: "/reset-password?token=used", as: "visitor" },
  { name: "not found", path: "/nothing/here", as: "visitor" },
  { name: "dashboard, empty", path: "/dashboard", as: "new user" },
  { name: "dashboard, no done tasks", path: "/dashboard?show=done", as: "new user" },
  { name: "dashboard, full", path: "/dashboard?show=all", as: "user" },
  { name: "dashboard, page 2", path: "/dashboard?show=all&page=2", as: "user" },
  { name: "dashboard, beyond the last page", path: "/dashboard?page=9", as: "user" },
  { name: "dashboard, open tasks", path: "/dashboard", as: "user" },
  { name: "dashboard, done tasks", path: "/dashboard?show=done", as: "user" },
  { name: "dashboard, search", path: "/dashboard?show=all&q=errand", as: "user" },
  { name: "dashboard, search with matches in another view", path: "/dashboard?q=errand+22", as: "user" },
  { name: "dashboard, search without a match", path: "/dashboard?q=nothing+of+the+kind", as: "user" },
  { name: "dashboard, invalid task", path: "/dashboard", as: "user", prepare: submitInvalid(/add/i) },
  {
    name: "dashboard, editing",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: openEditor,
  },
  {
    name: "dashboard, changed elsewhere",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: (page) => openEditor(page).then(() => saveChangedElsewhere(task)(page)),
  },
  {
    name: "dashboard, deleted elsewhere",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: (page) => openEditor(page).then(() => saveDeletedElsewhere(task)(page)),
  },
  {
    name: "dashboard, delete confirmation",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: async (page) => {
      await page
        .getByRole("main")
        .getByRole("link", { name: /^Delete/ })
        .first()
        .click();
      await page
        .getByRole("button", { name: /delete/i })
        .last()
        .waitFor();
    },
  },
  {
    name: "dashboard, keyboard shortcuts",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: async (page) => {
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "dashboard, pasted lines",
    path: "/dashboard",
    as: "user",
    needsJavaScript: true,
    prepare: async (page) => {
      await page.getByLabel("New task").evaluate((field, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text", text);
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
      }, TITLES.join("\n"));
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "dashboard, a task that could not be added",
    path: "/dashboard",
    as: "new user",
    needsJavaScript: true,
    prepare: async (page) => {
      const release = await holdRequests(page, "**/dashboard.data**", "POST", "abort");
      const title = page.getByLabel("New task");
      await title.fill("unbroken".repeat(25));
      await page.keyboard.press("Enter");
      // Below the form, which is in use.
      await title.fill("The next one");
      release();
      await page.getByRole("button", { name: /^Try again/ }).waitFor();
      await page.unroute("**/dashboard.data**");
    },
  },
  { name: "task", path: `/tasks/${task}`, as: "user" },
  { name: "edit", path: `/tasks/${task}/edit`, as: "user" },
  {
    name: "edit, invalid",
    path: `/tasks/${task}/edit`,
    as: "user",
    prepare: async (page) => {
      await page.getByLabel("Title").fill("");
      await submitInvalid(/save/i)(page);
    },
  },
  {
    name: "edit, changed elsewhere",
    path: `/tasks/${task}/edit`,
    as: "user",
    prepare: saveChangedElsewhere(task),
  },
  {
    name: "edit, deleted elsewhere",
    path: `/tasks/${task}/edit`,
    as: "user",
    prepare: saveDeletedElsewhere(task),
  },
  { name: "delete", path: `/tasks/${task}/delete`, as: "user" },
  { name: "trash, empty", path: "/trash", as: "new user" },
  { name: "settings", path: "/settings", as: "user" },
  { name: "settings, invalid", path: "/settings", as: "user", prepare: submitInvalid(/delete account/i) },
  { name: "two-step sign-in, off", path: "/settings/totp", as: "user" },
  {
    name: "two-step sign-in, set up",
    path: "/settings/totp",
    as: "user",
    prepare: async (page) => {
      await page.getByLabel("Your password").fill(PASSWORD);
      await clickButton(/set up/i)(page);
      await page.getByLabel("Code").waitFor();
    },
  },
  {
    name: "two-step sign-in, invalid code",
    path: "/settings/totp",
    as: "user",
    prepare: submitInvalid(/turn on/i),
  },
  { name: "access tokens, invalid", path: "/settings/tokens", as: "user", prepare: submitInvalid(/create/i) },
  { name: "sign-out", path: "/signout", as: "user" },
  { name: "not found, signed in", path: "/nothing/here", as: "user" },
  {
    name: "dashboard, after a deletion",
    path: `/tasks/${task}/delete`,
    as: "user",
    prepare: async (page) => {
      await clickButton(/delete/i)(page);
      await page
        .getByRole("status")
        .getByText(/deleted/i)
        .waitFor();
    },
  },
  { name: "deleted task", path: `/tasks/${task}`, as: "user" },
  { name: "edit deleted task", path: `/tasks/${task}/edit`, as: "user" },
  { name: "delete for good", path: `/tasks/${task}/delete`, as: "user" },
  { name: "trash", path: "/trash", as: "user" },
  { name: "trash, empty it", path: "/trash/empty", as: "user" },
  {
    name: "trash, dialog",
    path: "/trash",
    as: "user",
    needsJavaScript: true,
    prepare: async (page) => {
      await page.getByRole("link", { name: /^Delete for good/ }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
];
