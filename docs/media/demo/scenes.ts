import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContextOptions, Page } from "playwright-core";
import { killServer } from "../../../test/chaos/postgres-control.ts";
import { PASSWORD } from "../../../test/support/users.ts";
import type { Stage } from "../demo-app.ts";
import type { Actor } from "./page-driver.ts";
import type { Reel } from "./recorder.ts";

export interface Scene {
  /** What the page is like while it is played. */
  window?: BrowserContextOptions;
  /** Starts with this address, unless it goes on where the one before ended. */
  path?: string;
  badge?: string;
  play(actor: Actor, set: { stage: Stage; reel: Reel }): Promise<void>;
}

export const SOMEBODY = { name: "Ada", email: "ada@example.org" };

const DOWN_MS = 3_500;
const KILL_EVERY_MS = 120;
const HEAL_MS = 15_000;

const newTask = (page: Page) => page.getByLabel("New task");
const row = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
const check = (page: Page, title: string) =>
  row(page, title)
    .getByRole("checkbox")
    .or(row(page, title).getByRole("button", { name: /as done|as open|done|open/i }));
const control = (page: Page, title: string, name: RegExp) =>
  row(page, title).getByRole("link", { name }).or(row(page, title).getByRole("button", { name }));

async function add(actor: Actor, title: string): Promise<void> {
  await actor.type(newTask(actor.page), "field “New task”", title);
  await actor.page.keyboard.press("Enter");
  await actor.find(row(actor.page, title), `task “${title}”`);
}

async function health(stage: Stage): Promise<number> {
  return (await fetch(`${stage.url}/health`)).status;
}

/** Kills PostgreSQL with all its processes, and whatever is started in its place, for some seconds. */
async function keepDown(stage: Stage): Promise<void> {
  for (const end = Date.now() + DOWN_MS; Date.now() < end; await sleep(KILL_EVERY_MS))
    await killServer(stage.dataFolder, { all: true }).catch(() => undefined);
}

/** In the order of the film. */
export const SCENES: Record<string, Scene> = {
  "sign-up": {
    path: "/",
    async play(actor) {
      const { page } = actor;
      await actor.say("Signing up takes a name, an address and a password.", 2_200);
      await actor.click(page.getByRole("main").getByRole("link", { name: "Sign up" }), "link “Sign up”");
      await actor.type(page.getByLabel("Name"), "field “Name”", SOMEBODY.name);
      await actor.type(page.getByLabel("Email"), "field “Email”", SOMEBODY.email);
      await actor.type(page.getByLabel("Password", { exact: true }), "field “Password”", PASSWORD);
      await actor.click(page.getByRole("button", { name: "Sign up" }), "button “Sign up”");
      await page.waitForURL("**/dashboard");
      await actor.wait(1_200);
    },
  },
  tasks: {
    async play(actor) {
      const { page } = actor;
      await actor.say("Write it down, press Enter, write on.", 900);
      for (const title of ["Water the fern", "Buy bread", "Call Aunt Maud"]) await add(actor, title);
      await actor.say("Check it off.", 700);
      await actor.click(check(page, "Buy bread"), "check of “Buy bread”");
      await actor.wait(1_500);
    },
  },
  edit: {
    async play(actor) {
      const { page } = actor;
      await actor.say("Change it.", 600);
      await actor.click(control(page, "Water the fern", /^Edit/), "control “Edit”");
      await actor.type(page.getByLabel("Title"), "field “Title”", "Water the fern and the ivy");
      await actor.click(page.getByRole("button", { name: /^Save/ }), "button “Save”");
      await actor.find(row(page, "Water the fern and the ivy"), "changed task");
      await actor.wait(1_000);
    },
  },
  undo: {
    async play(actor) {
      const { page } = actor;
      await actor.say("Deleted by mistake? Undo brings it back.", 900);
      await actor.click(control(page, "Call Aunt Maud", /^Delete/), "control “Delete”");
      const confirm = page.getByRole("dialog").getByRole("button", { name: /^Delete/ });
      if (
        await confirm.waitFor({ timeout: 800 }).then(
          () => true,
          () => false,
        )
      )
        await actor.click(confirm, "button “Delete” in the dialog");
      await row(page, "Call Aunt Maud").first().waitFor({ state: "detached" });
      await actor.wait(900);
      const status = page.getByRole("status");
      await actor.click(status.getByRole("button", { name: "Undo" }), "button “Undo” in the status message");
      await actor.find(row(page, "Call Aunt Maud"), "restored task");
      await actor.wait(1_300);
    },
  },
  "no-javascript": {
    window: { javaScriptEnabled: false },
    path: "/dashboard",
    badge: "JavaScript is off",
    async play(actor) {
      const { page } = actor;
      await actor.say(
        "JavaScript switched off: the same page, the same tasks.\nEvery feature is a plain form.",
        2_400,
      );
      await add(actor, "Post the parcel");
      await actor.wait(600);
      await actor.click(check(page, "Call Aunt Maud"), "check of “Call Aunt Maud”");
      await actor.wait(1_400);
    },
  },
  keyboard: {
    path: "/dashboard",
    badge: "Keyboard alone",
    async play(actor) {
      const { page } = actor;
      await actor.say("The keyboard alone: every control is reached, and shows it.", 1_600);
      await actor.press("Tab");
      await actor.press("Enter", "Enter: skip to the content");
      await actor.tabTo(newTask(page), "field “New task”");
      await actor.write("Return the library books");
      await actor.press("Enter");
      await actor.find(row(page, "Return the library books"), "task added by keyboard");
      await actor.tabTo(check(page, "Return the library books"), "check of the new task");
      await actor.press("Space");
      await actor.wait(900);
      await actor.press("n", "n: a new task");
      await actor.write("Mend the lamp");
      await actor.press("Enter");
      await actor.find(row(page, "Mend the lamp"), "task added by the shortcut n");
      await actor.wait(1_400);
    },
  },
  dark: {
    window: { colorScheme: "dark" },
    path: "/dashboard",
    async play(actor) {
      await actor.say("Dark where the device is.", 2_500);
    },
  },
  outage: {
    path: "/dashboard",
    async play(actor, { stage, reel }) {
      const { page } = actor;
      await actor.say("Now the database is killed, while somebody is typing.", 1_200);
      await actor.type(newTask(page), "field “New task”", "Nothing shall be lost");
      const down = keepDown(stage);
      reel.show({ badge: "kill -9 postgres" });
      await actor.wait(700);
      await page.keyboard.press("Enter");
      await actor.find(page.getByRole("alert"), "message that the task could not be saved");
      reel.show({ badge: `/health says ${await health(stage)}` });
      await actor.say("What was typed stays, and the page says what is wrong.", 2_000);
      await down;
      for (const end = Date.now() + HEAL_MS; (await health(stage)) !== 200; await sleep(100))
        if (Date.now() > end) throw new Error("the database did not heal");
      reel.show({ badge: "/health says 200" });
      await actor.say("It is back by itself. Once more:", 1_200);
      await actor.click(page.getByRole("button", { name: /^Add/ }), "button “Add task”");
      await actor.find(row(page, "Nothing shall be lost"), "task added after the outage");
      await actor.wait(1_500);
    },
  },
};
