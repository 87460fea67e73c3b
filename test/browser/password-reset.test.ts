import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  ALL_RULES,
  axeViolations,
  overflowViolations,
  structureViolations,
} from "../support/accessibility-checks.ts";
import type { AppServer } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { addSession, collectErrors, openHydrated } from "../support/browser-page.ts";
import { type MailServer, startMailApp, startMailServer } from "../support/mail-server.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const NEW_PASSWORD = "a lighthouse by the sea";

let mail: MailServer;
let app: AppServer;
let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  mail = await startMailServer();
  [app, browser] = await Promise.all([startMailApp(mail), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await mail?.close();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

describe.each([
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
])("$mode", ({ javaScriptEnabled }) => {
  const open = (page: Page, path: string) => (javaScriptEnabled ? openHydrated(page, path) : page.goto(path));
  async function newPage(user?: TestUser): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled, baseURL: app.url });
    context.setDefaultTimeout(WAIT_MS);
    if (user) await addSession(context, app.url, user);
    return context.newPage();
  }
  const expectAccessible = async (page: Page, name: string) => {
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      expect([
        ...(javaScriptEnabled ? await axeViolations(page, name, ALL_RULES) : []),
        ...(await structureViolations(page, name)),
        ...(await overflowViolations(page, name)),
      ]).toEqual([]);
    }
  };

  test("a user who forgot the password chooses a new one by a link and signs in with it", async () => {
    const user = await createUser(app);
    const page = await newPage();
    const errors = collectErrors(page);
    const referrers: (string | undefined)[] = [];
    page.on("request", (request) => referrers.push(request.headers().referer));
    await open(page, "/signin");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
    await expectAccessible(page, "forgot password");
    await page.getByLabel("Email").fill(user.email);
    await page.getByRole("button", { name: "Send a link" }).click();
    await page.waitForURL("**/forgot-password/sent");
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    await expectAccessible(page, "link sent");

    const { link, token } = await mail.mailTo(user.email);
    await open(page, link);
    await page.getByText(user.email).waitFor();
    await expectAccessible(page, "new password");
    await page.getByLabel("New password").fill("password");
    await page.getByRole("button", { name: "Save new password" }).click();
    // Only the response marks the field; the hint shows the same sentence during typing.
    await page.locator("main [aria-invalid=true]").waitFor();
    await page.getByText("That password is too common and easy to guess. Choose another.").first().waitFor();
    await page.getByLabel("New password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Save new password" }).click();
    await page.waitForURL("**/signin");
    await page.getByText("Your new password is saved. Sign in with it.").waitFor();
    await page.getByLabel("Email").fill(user.email);
    await page.getByLabel("Password").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/dashboard");

    await open(page, link);
    await page.getByText("This link has expired or was used already.").waitFor();
    await expectAccessible(page, "used link");
    expect(errors).toEqual([]);
    expect(referrers.filter((referrer) => referrer?.includes(token))).toEqual([]);
  });

  test("a user changes the email in the settings and confirms it by a link", async () => {
    const user = await createUser(app);
    const email = `new.${user.email}`;
    const page = await newPage(user);
    const errors = collectErrors(page);
    await open(page, "/settings");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Confirm with your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Save name and email" }).click();
    await page.getByText(`Waiting for ${email}`).waitFor();
    await expect.poll(() => page.getByLabel("Email").inputValue()).toBe(user.email);
    await expect.poll(() => page.getByLabel("Confirm with your password").inputValue()).toBe("");
    await expectAccessible(page, "settings with a new email");
    await open(page, (await mail.mailTo(email)).link);
    await expectAccessible(page, "confirm email");
    await page.getByRole("button", { name: "Use this email" }).click();
    await page.waitForURL("**/settings");
    await page.getByText("Your new email is saved.").waitFor();
    await expect.poll(() => page.getByLabel("Email").inputValue()).toBe(email);
    await expect.poll(() => page.getByText(/Waiting for/).count()).toBe(0);
    expect(errors).toEqual([]);
  });
});
