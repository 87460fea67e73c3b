import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, request, signIn, type TestUser } from "../support/users.ts";

let tock: AppServer;
let browser: Browser;
let context: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  [tock, browser] = await Promise.all([startApp(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await tock.stop();
});
afterEach(() => context.close());

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1";
const DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/** Opens the settings of somebody who is signed in here, on a phone, and twice on a desk. */
async function openSettings(javaScriptEnabled: boolean): Promise<{ page: Page; person: TestUser }> {
  context = await browser.newContext({ javaScriptEnabled, baseURL: tock.url, acceptDownloads: true });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  const person = await createUser(tock);
  for (const userAgent of [PHONE, DESK, DESK]) {
    await request(tock.url, "POST", "/api/auth/signin", {
      body: { email: person.email, password: PASSWORD },
      headers: { "User-Agent": userAgent },
    });
  }
  await page.goto("/signin?redirectTo=%2Fsettings");
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/settings");
  await sessions(page).first().waitFor();
  return { page, person };
}

const notice = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();
const sessions = (page: Page) => page.getByRole("list", { name: "Sessions" }).getByRole("listitem");

describe.each([
  { mode: "without JavaScript", javaScript: false },
  { mode: "with JavaScript", javaScript: true },
])("$mode", ({ javaScript }) => {
  test("somebody ends the session on their phone, then all others", async () => {
    const { page, person } = await openSettings(javaScript);
    expect(await sessions(page).count()).toBe(5);
    const [here = "", ...others] = await sessions(page).allInnerTexts();
    expect(here).toMatch(/^Chrome on Linux\s+127\.0\.0\.1\s+This device$/);
    expect(others.join()).toMatch(
      javaScript ? /Last used today, \d\d:\d\d/ : /Last used \d+ \w+, \d\d:\d\d UTC/,
    );

    await page.getByRole("button", { name: /^End session.*Safari on iPhone, 127\.0\.0\.1$/ }).click();
    await notice(page, "Session ended.");
    expect(await sessions(page).count()).toBe(4);
    expect(await page.getByText("Safari on iPhone").count()).toBe(0);
    if (javaScript) {
      // The button is gone; the reader goes on where it was.
      expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Sessions");
    }

    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await notice(page, "Every other device has been signed out.");
    expect(await sessions(page).count()).toBe(1);
    expect(await page.getByRole("button", { name: "Sign out everywhere else" }).count()).toBe(0);
    expect((await person.api("GET", "/api/tasks")).body.error.code).toBe("AUTH_INVALID");
    await page.reload();
    expect(new URL(page.url()).pathname).toBe("/settings");
    expect(complaints).toEqual([]);
  });

  test("a changed password gives this browser a new session, and it stays signed in", async () => {
    const { page, person } = await openSettings(javaScript);
    const cookie = async () => (await context.cookies()).find(({ name }) => name === "tock")?.value;
    const before = await cookie();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("BaseBall");
    // Told while it is typed, from a list that is loaded then; without JavaScript by the answer.
    if (!javaScript) await page.getByRole("button", { name: "Change password" }).click();
    await page
      .getByText(/^Password is too common/)
      .first()
      .waitFor();
    if (!javaScript) await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("another long password");
    if (javaScript)
      await page
        .getByText(/^Good: long enough/)
        .first()
        .waitFor();
    await page.getByRole("button", { name: "Change password" }).click();
    await notice(page, "Password changed. Every other device has been signed out.");
    expect(await sessions(page).count()).toBe(1);
    expect(await cookie()).not.toBe(before);
    const stale = await request(tock.url, "GET", "/api/tasks", { headers: { Cookie: `tock=${before}` } });
    expect(stale.body.error.code).toBe("AUTH_INVALID");
    expect((await person.api("GET", "/api/tasks")).status).toBe(401);
    await page.goto("/dashboard");
    expect(new URL(page.url()).pathname).toBe("/dashboard");
    expect(complaints).toEqual([]);
  });

  test("somebody takes all their data along, then deletes their account", async () => {
    const { page, person } = await openSettings(javaScript);
    await person.api("POST", "/api/tasks", { title: "Water the fern" });
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export everything" }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^tock-export-\d{4}-\d\d-\d\d\.json$/);
    const exported = JSON.parse(await readFile(await file.path(), "utf8"));
    expect(exported.tasks).toMatchObject([{ title: "Water the fern" }]);
    expect(exported.manifest.counts).toEqual({ tasks: 1, sessions: 5 });
    expect(new URL(page.url()).pathname).toBe("/settings");

    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByText("Password is required.").first().waitFor();
    await page.getByLabel("Your password").fill("not the right one");
    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByText("Incorrect password.").first().waitFor();
    expect(await page.getByLabel("Your password").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Delete account" }).click();
    await notice(page, "Your account and everything in it has been deleted.");
    expect(new URL(page.url()).pathname).toBe("/");
    await page.getByRole("main").getByRole("link", { name: "Sign up" }).waitFor();
    await page.goto("/settings");
    await page.waitForURL("**/signin?redirectTo=%2Fsettings");
    expect(await queryRows(tock.databaseUrl, `select 1 from "user" where id = $1`, [person.id])).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

test("a session that cannot be ended just now says so beside it, and stays", async () => {
  const { page, person } = await openSettings(true);
  const other = await signIn(tock.url, person.email);
  await page.reload();
  await queryRows(
    tock.databaseUrl,
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '53200'; end $$;
     create trigger refuse before delete on session for each row execute function refuse()`,
  );
  try {
    const row = sessions(page).filter({ hasText: "node" }).first();
    await row.getByRole("button").click();
    await row.getByText("The database is not available.", { exact: false }).waitFor();
    expect(await page.locator(":focus").getAttribute("role")).toBe("alert");
  } finally {
    await queryRows(tock.databaseUrl, "drop function refuse cascade");
  }
  expect((await other.api("GET", "/api/tasks")).status).toBe(200);
  expect(claimsOf(other.token).user_id).toBe(person.id);
});
