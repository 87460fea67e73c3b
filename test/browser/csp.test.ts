import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";

let browser: Browser;
let tock: AppServer;
let framed: AppServer;
let ann: TestUser;
/** Another site, whose page shows the framed Tock. */
let other: Server;
let otherOrigin: string;
beforeAll(async () => {
  other = createServer((request, response) => {
    const address = new URL(request.url ?? "/", "http://localhost").searchParams.get("show") ?? "";
    response.setHeader("Content-Type", "text/html");
    response.end(
      `<!doctype html><title>Another site</title><iframe src="${address}" width="600" height="600"></iframe>`,
    );
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  otherOrigin = `http://localhost:${(other.address() as AddressInfo).port}`;
  tock = await startApp(WITHOUT_COVERAGE);
  framed = await startApp({
    ...WITHOUT_COVERAGE,
    DATABASE_URL: tock.databaseUrl,
    FRAME_ANCESTORS: otherOrigin,
  });
  ann = await createUser(tock);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await framed?.stop();
  await tock?.stop();
  other?.close();
});

/** A page, and all that its console says: errors and warnings alike. */
async function open(cookie = ""): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext({ baseURL: tock.url });
  context.setDefaultTimeout(10_000);
  const [name = "", value = ""] = cookie.split(/=(.*)/s);
  if (cookie) await context.addCookies([{ name, value, url: tock.url }]);
  const page = await context.newPage();
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  return { page, said };
}

test("no page breaks its own policy, nor makes the browser complain of a header", async () => {
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  for (const [cookie, paths] of [
    ["", ["/", "/signup", "/signin", "/signin?redirectTo=%2Fsettings"]],
    [
      ann.cookie,
      ["/dashboard", "/dashboard?show=done", "/settings", `/tasks/${id}`, `/tasks/${id}/delete`, "/signout"],
    ],
  ] as const) {
    const { page, said } = await open(cookie);
    for (const path of paths) {
      await page.goto(path, { waitUntil: "networkidle" });
      expect(said, path).toEqual([]);
    }
    await page.goto("/nothing", { waitUntil: "networkidle" });
    // That of the page itself, which is a 404.
    expect(said.filter((line) => !/status of 404/.test(line))).toEqual([]);
    await page.context().close();
  }
});

const PLANTED = `<script>window.ran = 1</script><script src="http://127.0.0.1:1/spy.js"></script>
  <img src="http://127.0.0.1:1/spy.png" onerror="window.ran = 2"><p style="color: red">x</p><object data="/favicon.svg"></object>
  <base href="http://127.0.0.1:1/">`;

test("what somebody else would put into a page does not run, and the console tells", async () => {
  const { page, said } = await open();
  await page.route("**/signin", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace("</main>", `</main>${PLANTED}`);
    await route.fulfill({ response, body });
  });
  await page.goto("/signin", { waitUntil: "load" });
  await page.evaluate(() => {
    const form = document.createElement("form");
    form.action = "http://127.0.0.1:1/";
    form.method = "post";
    document.body.append(form);
    form.submit();
  });
  for (const directive of ["script-src", "style-src", "img-src", "base-uri", "object-src", "form-action"])
    await expect
      .poll(() => said.join("\n"), { message: directive })
      .toMatch(new RegExp(`directive:? ["']${directive} `));
  expect(said.join("\n")).toMatch(/inline script/);
  expect(said.join("\n")).toMatch(/inline event handler/);
  expect(said.join("\n")).toMatch(/script 'http:\/\/127\.0\.0\.1:1\/spy\.js'/);
  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
  expect(new URL(page.url()).pathname).toBe("/signin");
  // What the holes of frameworks need: text that becomes code.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.nonce = document.querySelector<HTMLElement>("script[nonce]")?.nonce ?? "";
    // Later: what runs within evaluate() may do what the policy forbids.
    script.textContent = `setTimeout(() => {
      try { window.code = new Function("return 'ran'")() } catch (error) { window.code = error.name }
    })`;
    document.head.append(script);
  });
  await expect.poll(() => page.evaluate(() => (window as { code?: string }).code)).toBe("EvalError");
  await page.context().close();
});

const show = (address: string) => `${otherOrigin}/?show=${encodeURIComponent(address)}`;

test("another site's frame shows nothing of us", async () => {
  const { page, said } = await open();
  await page.goto(show(`${tock.url}/signin`), { waitUntil: "networkidle" });
  expect(said.join("\n")).toMatch(/frame-ancestors 'none'|X-Frame-Options/);
  expect(await page.frames()[1]?.getByLabel("Email").count()).toBe(0);
  await page.context().close();
});

test("the frame of one that FRAME_ANCESTORS names works, forms and scripts included", async () => {
  const { page, said } = await open();
  await page.goto(show(`${framed.url}/signin`), { waitUntil: "networkidle" });
  const frame = page.frameLocator("iframe");
  await frame.getByLabel("Email").fill(ann.email);
  await frame.getByLabel("Password").fill("not the right one");
  await frame.getByRole("button", { name: "Sign in" }).click();
  // Remix and its scripts answered, without a new document.
  await frame.getByText("Incorrect email or password.").first().waitFor();
  await frame.getByLabel("Password").fill(PASSWORD);
  await frame.getByRole("button", { name: "Sign in" }).click();
  // The cookie is kept and sent, partitioned as it is.
  await frame.getByLabel("New task").fill("Water the ivy");
  await frame.getByRole("button", { name: "Add task" }).click();
  await frame.getByText("Water the ivy").first().waitFor();
  expect(said.filter((line) => !/status of 401/.test(line))).toEqual([]);
  await page.context().close();
});
