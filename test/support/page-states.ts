import type { Page } from "playwright-core";
import type { TestUser } from "./users.ts";

/** Titles that try the layout: without a break, from right to left, pictures, what looks like HTML. */
const TITLES = [
  "Water the fern",
  "unbroken".repeat(25),
  "اشترِ الخبز والحليب من المخبز القديم غدًا صباحًا",
  "🌿🪴🌵 ivy 👩🏽‍🌾👨‍👩‍👧‍👦",
  "<b>not bold</b> & “quoted”",
];

/** A page, and how it comes into a state that no address leads to. */
export interface PageState {
  name: string;
  path: string;
  who: "nobody" | "newcomer" | "ann";
  reach?: (page: Page) => Promise<void>;
  /** Without JavaScript there is no such state. */
  scripted?: true;
}

const press = (name: RegExp) => (page: Page) =>
  page.getByRole("main").getByRole("button", { name }).first().click();

const refused = (name: RegExp) => async (page: Page) => {
  await press(name)(page);
  await page.locator("main [aria-invalid=true]").first().waitFor();
};

/** Somebody with two pages of tasks, some done. @returns the id of the newest */
export async function keepTasks(person: TestUser): Promise<number> {
  let last = 0;
  for (let i = 23; i >= 0; i--) {
    const title = TITLES[i] ?? `Errand ${i}`;
    const description = i % 2 ? `${TITLES[i] ?? "Brass"}\n\nsecond line` : undefined;
    last = (await person.api("POST", "/api/tasks", { title, description })).body.id;
    if (i % 3 === 1) await person.api("PATCH", `/api/tasks/${last}/complete`);
  }
  return last;
}

/** Every page in every state that people see. */
export const pageStates = (task: number): PageState[] => [
  { name: "landing", path: "/", who: "nobody" },
  { name: "sign-up", path: "/signup", who: "nobody" },
  { name: "sign-up, refused", path: "/signup", who: "nobody", reach: refused(/sign up/i) },
  { name: "sign-in", path: "/signin", who: "nobody" },
  { name: "sign-in, refused", path: "/signin", who: "nobody", reach: refused(/sign in/i) },
  { name: "no such page", path: "/nothing/here", who: "nobody" },
  { name: "dashboard, empty", path: "/dashboard", who: "newcomer" },
  { name: "dashboard, nothing done", path: "/dashboard?show=done", who: "newcomer" },
  { name: "dashboard, full", path: "/dashboard", who: "ann" },
  { name: "dashboard, page 2", path: "/dashboard?page=2", who: "ann" },
  { name: "dashboard, beyond the end", path: "/dashboard?page=9", who: "ann" },
  { name: "dashboard, open ones", path: "/dashboard?show=open", who: "ann" },
  { name: "dashboard, done ones", path: "/dashboard?show=done", who: "ann" },
  { name: "dashboard, task refused", path: "/dashboard", who: "ann", reach: refused(/add/i) },
  {
    name: "dashboard, editing",
    path: "/dashboard",
    who: "ann",
    reach: async (page) => {
      await page.getByRole("main").getByRole("listitem").getByText("Edit").first().click();
      await page.getByRole("textbox", { name: /title/i }).first().waitFor();
    },
  },
  {
    name: "dashboard, asking whether to delete",
    path: "/dashboard",
    who: "ann",
    reach: async (page) => {
      await page.getByRole("main").getByRole("listitem").getByText("Delete").first().click();
      await page
        .getByRole("button", { name: /delete/i })
        .last()
        .waitFor();
    },
  },
  {
    name: "dashboard, its keys",
    path: "/dashboard",
    who: "ann",
    scripted: true,
    reach: async (page) => {
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "edit", path: `/tasks/${task}`, who: "ann" },
  {
    name: "edit, refused",
    path: `/tasks/${task}`,
    who: "ann",
    reach: async (page) => {
      await page.getByLabel("Title").fill("");
      await refused(/save/i)(page);
    },
  },
  { name: "delete", path: `/tasks/${task}/delete`, who: "ann" },
  { name: "settings", path: "/settings", who: "ann" },
  { name: "settings, refused", path: "/settings", who: "ann", reach: refused(/delete account/i) },
  { name: "sign-out", path: "/signout", who: "ann" },
  { name: "no such page, signed in", path: "/nothing/here", who: "ann" },
  {
    name: "dashboard, just deleted",
    path: `/tasks/${task}/delete`,
    who: "ann",
    reach: async (page) => {
      await press(/delete/i)(page);
      await page
        .getByRole("status")
        .getByText(/deleted/i)
        .waitFor();
    },
  },
];
