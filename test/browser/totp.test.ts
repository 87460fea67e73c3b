import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { codeOfStep, stepAt } from "#app/services/totp-codes.server.ts";
import {
  ALL_RULES,
  axeViolations,
  overflowViolations,
  structureViolations,
} from "../support/accessibility-checks.ts";
import { collectErrors, waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { createUser, PASSWORD } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const suite = setUpBrowserSuite();

describe.each([
  { mode: "without JavaScript", javaScriptEnabled: false },
  { mode: "with JavaScript", javaScriptEnabled: true },
])("$mode", ({ javaScriptEnabled }) => {
  const hydrated = async (page: Page) => {
    if (javaScriptEnabled) await waitForHydration(page);
  };
  const expectAccessible = async (page: Page, name: string) =>
    expect([
      ...(javaScriptEnabled ? await axeViolations(page, name, ALL_RULES) : []),
      ...(await structureViolations(page, name)),
      ...(await overflowViolations(page, name)),
    ]).toEqual([]);
  async function enterPassword(context: BrowserContext, email: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto("/signin?redirectTo=%2Fsettings");
    await hydrated(page);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  }

  test("a user turns two-step sign-in on, signs in with a code and a recovery code, and turns it off", async () => {
    const options = { javaScriptEnabled, baseURL: suite.app.url };
    const context = await suite.browser.newContext(options);
    context.setDefaultTimeout(WAIT_MS);
    const { email } = await createUser(suite.app);
    const page = await enterPassword(context, email);
    const errors = collectErrors(page);
    await page.waitForURL("**/settings");
    await hydrated(page);
    await page.getByRole("link", { name: "Turn on two-step sign-in" }).click();
    // The URL changes before the page.
    await page.getByRole("heading", { name: "Two-step sign-in", level: 1 }).waitFor();
    await hydrated(page);
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByLabel("Code").waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    if (javaScriptEnabled) await expect.poll(focused).toBe("Two-step sign-in");
    const secret = (await page.getByRole("main").locator("code").innerText()).replaceAll(" ", "");
    const image = page.getByRole("img", { name: "The key below, to scan" });
    await expect.poll(async () => (await image.boundingBox())?.width).toBe(224);
    await expect
      .poll(() => page.getByRole("link", { name: "open the app" }).getAttribute("href"))
      .toContain(secret);

    await page.getByLabel("Code").fill("000 000");
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByText("That code isn't right, or was used already.").first().waitFor();
    await expect.poll(() => page.getByLabel("Code").inputValue()).toBe(javaScriptEnabled ? "000 000" : "");
    const step = stepAt(Date.now());
    await page.getByLabel("Code").fill(codeOfStep(secret, step));
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
    const codes = await page
      .getByRole("region", { name: "Your recovery codes" })
      .getByRole("listitem")
      .allInnerTexts();
    expect(codes).toHaveLength(10);
    if (javaScriptEnabled) await expect.poll(focused).toBe("Your recovery codes");
    await expect.poll(() => page.getByText("You have 10 recovery codes left.").count()).toBe(1);
    await expectAccessible(page, "recovery codes");
    await page.setViewportSize({ width: 360, height: 740 });
    await expectAccessible(page, "recovery codes, narrow");
    expect(errors).toEqual([]);

    const phone = await suite.browser.newContext({ ...options, viewport: { width: 360, height: 740 } });
    const signIn = await enterPassword(phone, email);
    await signIn.waitForURL("**/signin/code?redirectTo=%2Fsettings");
    await signIn.getByLabel("Code").waitFor();
    await expectAccessible(signIn, "code of a sign-in");
    await signIn.getByLabel("Code").fill(codeOfStep(secret, step + 1));
    await signIn.getByRole("button", { name: "Sign in" }).click();
    await signIn.waitForURL("**/settings");

    const tablet = await suite.browser.newContext(options);
    const recovered = await enterPassword(tablet, email);
    await recovered.waitForURL("**/signin/code?redirectTo=%2Fsettings");
    await recovered.getByLabel("Code").fill(codes[0] ?? "");
    await recovered.getByRole("button", { name: "Sign in" }).click();
    await recovered.waitForURL("**/settings");
    await recovered.goto("/settings/totp");
    await hydrated(recovered);
    await recovered.getByText("You have 9 recovery codes left.").waitFor();
    if (javaScriptEnabled) {
      // As on a return to the tab of the codes.
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await page.getByText("You have 9 recovery codes left.").waitFor();
      await page
        .getByRole("listitem")
        .getByText(codes[9] ?? "", { exact: true })
        .waitFor();
    }

    const turnOff = recovered.getByRole("form", { name: "Turn off two-step sign-in" });
    await turnOff.getByLabel("Your password").fill(PASSWORD);
    await turnOff.getByLabel("Code").fill(codes[1] ?? "");
    await turnOff.getByRole("button").filter({ hasText: "Turn off" }).click();
    await recovered.getByText("Two-step sign-in is off.", { exact: true }).waitFor();
    await recovered.getByRole("link", { name: "Turn on two-step sign-in" }).waitFor();
  }, 60_000);
});
