import type { BrowserContextOptions, Page } from "playwright-core";
import type { DemoApp } from "../demo-app.ts";
import { isHealthy, keepDatabaseDown, waitUntilHealthy } from "./outage.ts";
import type { PageDriver } from "./page-driver.ts";

export interface Scene {
  /** Opens this path in a new window. Without it, the scene continues on the page of the one before. */
  path?: string;
  window?: BrowserContextOptions;
  badge?: string;
  play(driver: PageDriver, app: DemoApp): Promise<void>;
}

export const USER = { name: "Ada", email: "ada@example.org", password: "a lantern by the river" };
export const FIRST_TASKS = ["Water the fern", "Buy bread", "Call Aunt Maud"];

const newTask = (page: Page) => page.getByLabel("New task");
const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
const checkbox = (page: Page, title: string) => row(page, title).getByRole("button", { name: /^Mark as/ });
const link = (page: Page, name: RegExp, title: string) => row(page, title).getByRole("link", { name });

async function addTask(driver: PageDriver, title: string): Promise<void> {
  await driver.type(newTask(driver.page), title);
  await driver.page.keyboard.press("Enter");
  await row(driver.page, title).waitFor();
}

/** In the order of the film. */
export const SCENES: Record<string, Scene> = {
  "sign-up": {
    path: "/",
    async play(driver) {
      const { page } = driver;
      await driver.caption("Signing up takes a name, an address and a password.", 2_200);
      await driver.click(page.getByRole("main").getByRole("link", { name: "Sign up" }));
      await driver.type(page.getByLabel("Name"), USER.name);
      await driver.type(page.getByLabel("Email"), USER.email);
      await driver.type(page.getByLabel("Password", { exact: true }), USER.password);
      await driver.click(page.getByRole("button", { name: "Sign up" }));
      await page.waitForURL("**/dashboard");
      await driver.wait(1_200);
    },
  },
  tasks: {
    async play(driver) {
      await driver.caption("Write a task, press Enter, write the next one.", 900);
      for (const title of FIRST_TASKS) await addTask(driver, title);
      await driver.caption("Check it off.", 700);
      await driver.click(checkbox(driver.page, "Buy bread"));
      await driver.wait(1_500);
    },
  },
  edit: {
    async play(driver) {
      const { page } = driver;
      await driver.caption("Edit it in place.", 600);
      await driver.click(link(page, /^Edit/, "Water the fern"));
      await driver.type(page.getByLabel("Title"), "Water the fern and the ivy");
      await driver.click(page.getByRole("button", { name: "Save" }));
      await row(page, "Water the fern and the ivy").waitFor();
      await driver.wait(1_000);
    },
  },
  undo: {
    async play(driver) {
      const { page } = driver;
      await driver.caption("Deleted by mistake? Undo brings it back.", 900);
      await driver.click(link(page, /^Delete/, "Call Aunt Maud"));
      await driver.click(page.getByRole("dialog").getByRole("button", { name: "Delete task" }));
      await row(page, "Call Aunt Maud").waitFor({ state: "detached" });
      await driver.wait(900);
      await driver.click(page.getByRole("status").getByRole("button", { name: "Undo" }));
      await row(page, "Call Aunt Maud").waitFor();
      await driver.wait(1_300);
    },
  },
  "no-javascript": {
    path: "/dashboard",
    window: { javaScriptEnabled: false },
    badge: "JavaScript is off",
    async play(driver) {
      await driver.caption(
        "Without JavaScript: the same page, the same tasks.\nEvery feature is a form.",
        2_400,
      );
      await addTask(driver, "Post the parcel");
      await driver.wait(600);
      await driver.click(checkbox(driver.page, "Call Aunt Maud"));
      await driver.wait(1_400);
    },
  },
  keyboard: {
    path: "/dashboard",
    badge: "Keyboard only",
    async play(driver) {
      const { page } = driver;
      await driver.caption("Keyboard only: every control can be reached and shows its focus.", 1_600);
      await driver.press("Tab");
      await driver.press("Enter", "Enter: skip to the content");
      await driver.tabTo(newTask(page));
      await driver.write("Return the library books");
      await driver.press("Enter");
      await row(page, "Return the library books").waitFor();
      await driver.tabTo(checkbox(page, "Return the library books"));
      await driver.press("Space");
      await driver.wait(900);
      await driver.press("n", "n: new task");
      await driver.write("Mend the lamp");
      await driver.press("Enter");
      await row(page, "Mend the lamp").waitFor();
      await driver.wait(1_400);
    },
  },
  dark: {
    path: "/dashboard",
    window: { colorScheme: "dark" },
    play: (driver) => driver.caption("Dark mode follows the device.", 2_500),
  },
  outage: {
    path: "/dashboard",
    async play(driver, app) {
      const { page } = driver;
      await driver.caption("The database is killed while a task is being typed.", 1_200);
      await driver.type(newTask(page), "Survive an outage");
      const outage = keepDatabaseDown(app);
      driver.badge("kill -9 postgres");
      await driver.wait(700);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").first().waitFor();
      driver.badge(`/health: ${(await isHealthy(app)) ? 200 : 503}`);
      await driver.caption("The text stays, and the page says what is wrong.", 2_000);
      await outage;
      await waitUntilHealthy(app);
      driver.badge("/health: 200");
      await driver.caption("The database restarts by itself. Try again:", 1_200);
      await driver.click(page.getByRole("button", { name: "Add task" }));
      await row(page, "Survive an outage").waitFor();
      await driver.wait(1_500);
    },
  },
};
