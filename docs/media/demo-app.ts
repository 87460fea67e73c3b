import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { ensureBuild } from "#app/ensure-build.js";
import { runWithCleanup, withEmbeddedDatabase } from "../../test/chaos/environment.ts";
import { openBrowser } from "../../test/support/browser.ts";
import { signIn } from "../../test/support/users.ts";

/** The built server with an empty database of its own, and a browser to look at it with. */
export interface Stage {
  url: string;
  databaseUrl: string;
  /** Of the embedded PostgreSQL. */
  dataFolder: string;
  browser: Browser;
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Ends the process, saying why in one line. */
export function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

/**
 * Runs what takes pictures, on a stage of its own that is gone afterwards, and ends the process.
 * @param patienceMs what takes longer has failed
 */
export async function onStage(patienceMs: number, work: (stage: Stage) => Promise<void>): Promise<never> {
  const ending = new AbortController();
  const give = (why: string) => ending.abort(new Error(why));
  setTimeout(give, patienceMs, `not done after ${patienceMs / 1000} s`).unref();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => give("interrupted"));
  try {
    ensureBuild();
    await runWithCleanup(ending.signal, async (defer) => {
      const { tock, databaseUrl, dataFolder } = await withEmbeddedDatabase(defer);
      const browser = await openBrowser();
      defer(() => browser.close());
      await work({ url: tock.url, databaseUrl, dataFolder, browser });
    });
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

const ACTION_MS = 8_000;

/** A window of the browser, the same wherever it is opened. */
export async function openWindow(stage: Stage, options: BrowserContextOptions): Promise<BrowserContext> {
  const usual = { baseURL: stage.url, locale: "en-GB", timezoneId: "UTC" };
  const context = await stage.browser.newContext({ ...usual, ...options });
  context.setDefaultTimeout(ACTION_MS);
  return context;
}

/** Lets a window be somebody's. */
export async function enter(
  stage: Stage,
  context: BrowserContext,
  email: string,
  password: string,
): Promise<void> {
  const [name = "", value = ""] = (await signIn(stage.url, email, password)).cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: stage.url }]);
}
