import { expect, test } from "vitest";
import { waitForHydration } from "../support/browser-page.ts";
import { setUpBrowserSuite } from "../support/browser-suite.ts";
import { openSignedIn } from "../support/signed-in-page.ts";
import { turnOnTotp } from "../support/totp.ts";
import { createUser, PASSWORD } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

const suite = setUpBrowserSuite();

test("Back after a sign-in with a code leads to the page before it", async () => {
  const user = await createUser(suite.app);
  const { code } = await turnOnTotp(user);
  const context = await suite.browser.newContext({ baseURL: suite.app.url });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  await page.goto("/docs/api");
  await page.goto("/signin");
  await waitForHydration(page);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/signin/code?*");
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/dashboard");
  await page.goBack();
  await page.waitForURL("**/docs/api");
});

test("Back after a deletion on its page does not lead to the deletion again", async () => {
  const { page } = await openSignedIn(suite, { titles: ["Water the fern"] });
  await page.getByRole("link", { name: "Water the fern", exact: true }).click();
  await page.getByRole("link", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete task" }).click();
  await page.waitForURL("**/dashboard");
  await page.goBack();
  await expect.poll(() => page.url()).toMatch(/\/tasks\/\d+\?/);
  await page.getByText("Water the fern").first().waitFor();
});
