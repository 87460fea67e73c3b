import { existsSync } from "node:fs";
import packed from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Without these it tries to reach its maker's hosts at every start. */
const QUIET = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium: the machine's own where there is one, else the one from npm. */
export async function openBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path));
  return chromium.launch({
    executablePath: installed ?? (await packed.executablePath()),
    // Chromium's sandbox refuses root, and containers seldom allow it. Of the arguments that the packed one comes with
    // most are for a cloud function: a single process, which ends with its first context.
    args: ["--no-sandbox", ...QUIET],
    headless: true,
  });
}
