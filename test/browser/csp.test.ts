import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { openBrowser } from "../support/browser.ts";
import { addSession, openHydrated, waitForHydration } from "../support/browser-page.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";
import { WAIT_MS } from "../support/wait-until.ts";

let browser: Browser;
let app: AppServer;
let framed: AppServer;
let alice: TestUser;
/** Another site, whose page embeds the URL of its `frame` parameter. */
let embedder: Server;
let embedderOrigin: string;
beforeAll(async () => {
  embedder = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost").searchParams.get("frame") ?? "";
    response.setHeader("Content-Type", "text/html");
    response.end(
      `<!doctype html><title>Another site</title><iframe src="${url}" width="600" height="600"></iframe>`,
    );
  });
  await new Promise<void>((resolve) => embedder.listen(0, "127.0.0.1", resolve));
  embedderOrigin = `http://localhost:${(embedder.address() as AddressInfo).port}`;
  app = await startApp(WITHOUT_COVERAGE);
  framed = await startApp({
    ...WITHOUT_COVERAGE,
    DATABASE_URL: app.databaseUrl,
    FRAME_ANCESTORS: embedderOrigin,
  });
  alice = await createUser(app);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await framed?.stop();
  await app?.stop();
  embedder?.close();
});

/** Opens a page and collects its uncaught errors and all console messages. */
async function openPage(user?: TestUser): Promise<{ page: Page; messages: string[] }> {
  const context = await browser.newContext({ baseURL: app.url });
  context.setDefaultTimeout(WAIT_MS);
  if (user) await addSession(context, app.url, user);
  const page = await context.newPage();
  const messages: string[] = [];
  page.on("pageerror", (error) => messages.push(String(error)));
  page.on("console", (message) => messages.push(`${message.type()}: ${message.text()}`));
  return { page, messages };
}

/** Opens a page and waits until its scripts have run and its fonts are loaded. */
async function openCompletely(page: Page, path: string): Promise<void> {
  await openHydrated(page, path);
  await page.evaluate(() => document.fonts.ready);
}

test("no page violates its Content-Security-Policy or logs a console message", async () => {
  const { id } = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  for (const [user, paths] of [
    [undefined, ["/", "/signup", "/signin", "/signin?redirectTo=%2Fsettings", "/docs/api"]],
    [
      alice,
      [
        ...[
          "/dashboard",
          "/dashboard?show=done",
          "/dashboard?q=fern",
          "/settings",
          "/signout",
          "/trash",
          "/trash/empty",
        ],
        ...[`/tasks/${id}`, `/tasks/${id}/edit`, `/tasks/${id}/delete`],
      ],
    ],
  ] as const) {
    const { page, messages } = await openPage(user);
    for (const path of paths) {
      await openCompletely(page, path);
      expect(messages, path).toEqual([]);
    }
    await openCompletely(page, "/nothing");
    // Chromium logs the 404 of the page itself.
    expect(messages.filter((line) => !/status of 404/.test(line))).toEqual([]);
    await page.context().close();
  }
});

const INJECTED_HTML = `<script>window.ran = 1</script><script src="http://127.0.0.1:1/spy.js"></script>
  <img src="http://127.0.0.1:1/spy.png" onerror="window.ran = 2"><p style="color: red">x</p><object data="/favicon.svg"></object>
  <base href="http://127.0.0.1:1/">`;

test("the Content-Security-Policy blocks injected scripts, styles, images, forms and eval", async () => {
  const { page, messages } = await openPage();
  await page.route("**/signin", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace("</main>", `</main>${INJECTED_HTML}`);
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
      .poll(() => messages.join("\n"), { message: directive })
      .toMatch(new RegExp(`directive:? ["']${directive} `));
  expect(messages.join("\n")).toMatch(/inline script/);
  expect(messages.join("\n")).toMatch(/inline event handler/);
  expect(messages.join("\n")).toMatch(/script 'http:\/\/127\.0\.0\.1:1\/spy\.js'/);
  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
  expect(new URL(page.url()).pathname).toBe("/signin");
  // Exploits of framework bugs often need to turn text into code.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.nonce = document.querySelector<HTMLElement>("script[nonce]")?.nonce ?? "";
    // In a timer, as the policy does not apply to code that evaluate() runs.
    script.textContent = `setTimeout(() => {
      try { window.code = new Function("return 'ran'")() } catch (error) { window.code = error.name }
    })`;
    document.head.append(script);
  });
  await expect.poll(() => page.evaluate(() => (window as { code?: string }).code)).toBe("EvalError");
  await page.context().close();
});

const embed = (url: string) => `${embedderOrigin}/?frame=${encodeURIComponent(url)}`;

test("a frame on another site shows nothing by default", async () => {
  const { page, messages } = await openPage();
  await page.goto(embed(`${app.url}/signin`));
  await expect.poll(() => messages.join("\n")).toMatch(/frame-ancestors 'none'|X-Frame-Options/);
  await expect.poll(() => page.frames()[1]?.getByLabel("Email").count()).toBe(0);
  await page.context().close();
});

test("a frame on a site in FRAME_ANCESTORS works, including forms, scripts and cookies", async () => {
  const { page, messages } = await openPage();
  await page.goto(embed(`${framed.url}/signin`));
  const frame = page.frameLocator("iframe");
  await waitForHydration(frame);
  await frame.getByLabel("Email").fill(alice.email);
  await frame.getByLabel("Password").fill("not the right one");
  await frame.getByRole("button", { name: "Sign in" }).click();
  // Remix and its scripts answered, without a new document.
  await frame.getByText("That email and password don't match.").first().waitFor();
  await frame.getByLabel("Password").fill(PASSWORD);
  await frame.getByRole("button", { name: "Sign in" }).click();
  // The browser sends the partitioned session cookie.
  await frame.getByLabel("New task").fill("Water the ivy");
  await frame.getByRole("button", { name: "Add task" }).click();
  await frame.getByText("Water the ivy").first().waitFor();
  expect(messages.filter((line) => !/status of 401/.test(line))).toEqual([]);
  await page.context().close();
});
