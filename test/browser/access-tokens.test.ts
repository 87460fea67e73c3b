import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { withToken } from "../support/access-tokens.ts";
import {
  ALL_RULES,
  axeViolations,
  overflowViolations,
  structureViolations,
} from "../support/accessibility-checks.ts";
import { addSession, collectErrors, openHydrated } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { openSignedIn } from "../support/signed-in-page.ts";
import { createUser, PASSWORD } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const suite = setUpBrowserSuite();

test("a tab drops a token that it shows when another user has signed in from another tab", async () => {
  const { page } = await openSignedIn(suite);
  await openHydrated(page, "/settings/tokens");
  const form = page.getByRole("form", { name: "New token" });
  await form.getByLabel("Name").fill("Calendar");
  await form.getByLabel("Your password").fill(PASSWORD);
  await form.getByRole("button", { name: "Create token" }).click();
  const created = page.getByRole("region", { name: "Your new token: Calendar" });
  await created.waitFor();
  await addSession(page.context(), suite.app.url, await createUser(suite.app));
  await page.waitForTimeout(2_100);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await created.waitFor({ state: "detached" });
});

describe.each([
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
])("$mode", ({ javaScriptEnabled }) => {
  const expectAccessible = async (page: Page, name: string) =>
    expect([
      ...(javaScriptEnabled ? await axeViolations(page, name, ALL_RULES) : []),
      ...(await structureViolations(page, name)),
      ...(await overflowViolations(page, name)),
    ]).toEqual([]);

  test("a user creates an access token after a mistake, copies it, and revokes it", async () => {
    const context = await suite.browser.newContext({ javaScriptEnabled, baseURL: suite.app.url });
    context.setDefaultTimeout(WAIT_MS);
    const user = await createUser(suite.app);
    await addSession(context, suite.app.url, user);
    const page = await context.newPage();
    const errors = collectErrors(page);
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    if (javaScriptEnabled) {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await openHydrated(page, "/settings");
    } else await page.goto("/settings");
    await page.getByRole("link", { name: "Manage access tokens" }).click();
    await page.getByRole("heading", { name: "Access tokens", level: 1 }).waitFor();
    await page.getByText("You have none.").waitFor();

    const form = page.getByRole("form", { name: "New token" });
    await form.getByLabel("Name").fill("Calendar");
    await form.getByLabel("Read and change your tasks").check();
    await form.getByLabel("Works for").selectOption("365 days");
    await form.getByLabel("Your password").fill("a wrong one");
    await form.getByRole("button", { name: "Create token" }).click();
    await form.getByText("That password isn't right.").first().waitFor();
    await expect.poll(() => form.getByLabel("Name").inputValue()).toBe("Calendar");
    await expect.poll(() => form.getByLabel("Read and change your tasks").isChecked()).toBe(true);
    await expect.poll(() => form.getByLabel("Works for").inputValue()).toBe("365");
    await form.getByLabel("Your password").fill(PASSWORD);
    await form.getByRole("button", { name: "Create token" }).click();

    const created = page.getByRole("region", { name: "Your new token: Calendar" });
    const token = await created.locator("code").innerText();
    expect(token).toMatch(/^tock_[0-9A-Za-z]{36}$/);
    const tokens = page.getByRole("list", { name: "Access tokens" }).getByRole("listitem");
    // With JavaScript, the list is loaded after the answer.
    await tokens.filter({ hasText: "Calendar" }).waitFor();
    await expect
      .poll(() => tokens.innerText())
      .toMatch(/Calendar\s+Read and change your tasks\s+Expires .*\s+Never used/);
    if (javaScriptEnabled) {
      await expect.poll(focused).toBe("Your new token: Calendar");
      await expect.poll(() => form.getByLabel("Your password").inputValue()).toBe("");
      await created.getByRole("button", { name: "Copy token" }).click();
      await created.getByText("Copied.").waitFor();
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
    }
    await expectAccessible(page, "new access token");
    await page.setViewportSize({ width: 360, height: 740 });
    await expectAccessible(page, "new access token, narrow");

    const api = withToken(suite.app.url, token);
    expect((await api("POST", "/api/tasks", { title: "Water the fern" })).status).toBe(201);
    if (javaScriptEnabled) {
      // As on a return to the tab.
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await tokens.filter({ hasText: "Last used" }).waitFor();
      await expect.poll(() => created.locator("code").innerText()).toBe(token);
    }
    await page.goto("/settings/tokens");
    expect(await page.content()).not.toContain(token);
    await page.getByRole("button", { name: /^Revoke\s*: Calendar$/ }).click();
    await page.getByText("That token doesn't work anymore.", { exact: true }).waitFor();
    await page.getByText("You have none.").waitFor();
    expect((await api("GET", "/api/tasks")).status).toBe(401);
    expect(errors).toEqual([]);
  });
});

test("a new token stays on the page when another one is revoked, until it is revoked itself", async () => {
  const { page, errors } = await openSignedIn(suite, { path: "/settings/tokens" });
  const form = page.getByRole("form", { name: "New token" });
  const create = async (name: string) => {
    await form.getByLabel("Name").fill(name);
    await form.getByLabel("Your password").fill(PASSWORD);
    await form.getByRole("button", { name: "Create token" }).click();
    await page.getByRole("region", { name: `Your new token: ${name}` }).waitFor();
    await revokeButton(name).waitFor();
  };
  const revokeButton = (name: string) =>
    page.getByRole("button", { name: new RegExp(`^Revoke\\s*: ${name}$`) });
  const revoke = async (name: string) => {
    await revokeButton(name).click();
    await revokeButton(name).waitFor({ state: "detached" });
  };
  await create("Calendar");
  await create("Laptop");
  await revoke("Calendar");
  await page.getByRole("region", { name: "Your new token: Laptop" }).waitFor();
  await revoke("Laptop");
  await page.getByText("You have none.").waitFor();
  await expect.poll(() => page.getByText("Your new token").count()).toBe(0);
  expect(errors).toEqual([]);
});
