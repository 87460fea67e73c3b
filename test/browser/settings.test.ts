import { readFile } from "node:fs/promises";
import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { collectErrors, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, request, signIn, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const suite = setUpBrowserSuite();
let context: BrowserContext;
let errors: string[];

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1";
const DESKTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/** Signs a user in by form and opens the settings. The user has four other sessions, one on a phone and two on a desktop. */
async function openSettings(javaScriptEnabled: boolean): Promise<{ page: Page; user: TestUser }> {
  context = await suite.browser.newContext({
    javaScriptEnabled,
    baseURL: suite.app.url,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  errors = collectErrors(page);
  const user = await createUser(suite.app);
  for (const userAgent of [PHONE, DESKTOP, DESKTOP]) {
    await request(suite.app.url, "POST", "/api/auth/signin", {
      body: { email: user.email, password: PASSWORD },
      headers: { "User-Agent": userAgent },
    });
  }
  await page.goto("/signin?redirectTo=%2Fsettings");
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/settings");
  await sessions(page).first().waitFor();
  if (javaScriptEnabled) await waitForHydration(page);
  return { page, user };
}

const notice = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();
const sessions = (page: Page) => page.getByRole("list", { name: "Sessions" }).getByRole("listitem");

describe.each([
  { mode: "without JavaScript", javaScript: false },
  { mode: "with JavaScript", javaScript: true },
])("$mode", ({ javaScript }) => {
  test("a user ends the session on a phone, then all other sessions", async () => {
    const { page, user } = await openSettings(javaScript);
    await expect.poll(() => sessions(page).count()).toBe(5);
    const [here = "", ...others] = await sessions(page).allInnerTexts();
    expect(here).toMatch(/^Chrome on Linux\s+127\.0\.0\.1\s+This device$/);
    expect(others.join()).toMatch(
      javaScript ? /Last used today, \d\d:\d\d/ : /Last used \d+ \w+, \d\d:\d\d UTC/,
    );

    await page.getByRole("button", { name: /^Sign out.*Safari on iPhone, 127\.0\.0\.1$/ }).click();
    await notice(page, "That device is signed out.");
    await expect.poll(() => sessions(page).count()).toBe(4);
    await expect.poll(() => page.getByText("Safari on iPhone").count()).toBe(0);
    if (javaScript) {
      // The focused button is gone, so its list takes the focus.
      const focusedLabel = () => page.evaluate(() => document.activeElement?.ariaLabel);
      await expect.poll(focusedLabel).toBe("Sessions");
    }

    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await notice(page, "Your other devices are signed out.");
    await expect.poll(() => sessions(page).count()).toBe(1);
    await expect.poll(() => page.getByRole("button", { name: "Sign out everywhere else" }).count()).toBe(0);
    expect((await user.api("GET", "/api/tasks")).body.error.code).toBe("AUTH_INVALID");
    await page.reload();
    expect(new URL(page.url()).pathname).toBe("/settings");
    expect(errors).toEqual([]);
  });

  test("a password change replaces the session of this browser and ends all others", async () => {
    const { page, user } = await openSettings(javaScript);
    const cookie = async () => (await context.cookies()).find(({ name }) => name === "tock")?.value;
    const before = await cookie();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("BaseBall");
    // With JavaScript the hint checks the password while it is typed; without, the response does.
    if (!javaScript) await page.getByRole("button", { name: "Change password" }).click();
    await page
      .getByText(/^That password is too common/)
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
    await notice(page, "Password changed. Your other devices are signed out.");
    await expect.poll(() => sessions(page).count()).toBe(1);
    expect(await cookie()).not.toBe(before);
    const response = await request(suite.app.url, "GET", "/api/tasks", {
      headers: { Cookie: `tock=${before}` },
    });
    expect(response.body.error.code).toBe("AUTH_INVALID");
    expect((await user.api("GET", "/api/tasks")).status).toBe(401);
    await page.goto("/dashboard");
    expect(new URL(page.url()).pathname).toBe("/dashboard");
    expect(errors).toEqual([]);
  });

  test("a user exports all data, then deletes the account", async () => {
    const { page, user } = await openSettings(javaScript);
    await user.api("POST", "/api/tasks", { title: "Water the fern" });
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export everything" }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^tock-export-\d{4}-\d\d-\d\d\.json$/);
    const exported = JSON.parse(await readFile(await file.path(), "utf8"));
    expect(exported.tasks).toMatchObject([{ title: "Water the fern" }]);
    expect(exported.manifest.counts).toEqual({ tasks: 1, deleted_tasks: 0, sessions: 5, access_tokens: 0 });
    expect(new URL(page.url()).pathname).toBe("/settings");

    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByText("Enter your password.").first().waitFor();
    const deletion = page
      .locator("form")
      .filter({ has: page.getByRole("button", { name: "Delete account" }) })
      .getByLabel("Your password");
    await deletion.fill("not the right one");
    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByText("That password isn't right.").first().waitFor();
    await expect.poll(() => deletion.getAttribute("aria-invalid")).toBe("true");
    await deletion.fill(PASSWORD);
    await page.getByRole("button", { name: "Delete account" }).click();
    await notice(page, "Your account and everything in it have been deleted.");
    expect(new URL(page.url()).pathname).toBe("/");
    await page.getByRole("main").getByRole("link", { name: "Sign up" }).waitFor();
    await page.goto("/settings");
    await page.waitForURL("**/signin?redirectTo=%2Fsettings");
    expect(await queryRows(suite.app.databaseUrl, `select 1 from "user" where id = $1`, [user.id])).toEqual(
      [],
    );
    expect(errors).toEqual([]);
  });
});

test("a session that the database fails to end stays, and its row shows and focuses the error", async () => {
  const { page, user } = await openSettings(true);
  const other = await signIn(suite.app.url, user.email);
  await page.reload();
  await waitForHydration(page);
  await queryRows(
    suite.app.databaseUrl,
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '53200'; end $$;
     create trigger refuse before delete on session for each row execute function refuse()`,
  );
  try {
    const row = sessions(page).filter({ hasText: "node" }).first();
    await row.getByRole("button").click();
    await row.getByText("Tock can't reach its database.", { exact: false }).waitFor();
    const focusedRole = () => page.evaluate(() => document.activeElement?.getAttribute("role"));
    await expect.poll(focusedRole).toBe("alert");
  } finally {
    await queryRows(suite.app.databaseUrl, "drop function refuse cascade");
  }
  expect((await other.api("GET", "/api/tasks")).status).toBe(200);
  expect(claimsOf(other.token).user_id).toBe(user.id);
});
