import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext, FrameLocator, Page, Response } from "playwright-core";
import { TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";
import type { TestUser } from "./users.ts";
import { WAIT_MS } from "./wait-until.ts";

/** Buttons that need JavaScript, and therefore appear only after hydration. */
const HYDRATED_BUTTON = /^Show .*password$|^Keyboard shortcuts$/;

/** Waits until React has hydrated the dashboard, the settings, or another page with a password field. */
export const waitForHydration = (page: Page | FrameLocator): Promise<void> =>
  page.getByRole("button", { name: HYDRATED_BUTTON }).first().waitFor({ timeout: WAIT_MS });

/**
 * Opens any page and waits for its hydration. The page stores the browser's time zone in a cookie just then, so the page before
 * it must be hydrated already.
 */
export async function openHydrated(page: Page, path: string): Promise<Response | null> {
  const context = page.context();
  await context.clearCookies({ name: TIME_ZONE_COOKIE });
  const response = await page.goto(path);
  const hasCookie = async () => (await context.cookies()).some(({ name }) => name === TIME_ZONE_COOKIE);
  for (const deadline = Date.now() + WAIT_MS; !(await hasCookie()); await sleep(20))
    if (Date.now() > deadline) throw new Error(`${path} was not hydrated within ${WAIT_MS} ms`);
  return response;
}

/** Adds the session cookie of a user to a browser context. */
export async function addSession(context: BrowserContext, url: string, { cookie }: TestUser): Promise<void> {
  const [name = "", value = ""] = cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url }]);
}

/**
 * Holds the matching requests of a page.
 * @param method that of the requests to hold; by default any
 * @param end what happens to them then; by default they go on
 * @returns a function that ends the hold, also for those that follow
 */
export async function holdRequests(
  page: Page,
  url: string | RegExp,
  method?: string,
  end: "continue" | "abort" = "continue",
): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(url, async (route) => {
    const isHeld = method === undefined || route.request().method() === method;
    if (isHeld) await released;
    await (isHeld ? route[end]() : route.continue());
  });
  return release;
}

/** Chromium logs every response with a 4xx status, such as that of a rejected form. */
const REJECTED_REQUEST = /status of 4\d\d/;

/**
 * The errors that Chromium reports, and Remix logs, when a navigation interrupts a view transition, or a response that
 * Remix is decoding. Neither the page nor its user notices.
 */
const INTERRUPTED =
  /^(AbortError: (Transition was skipped|BodyStreamBuffer was aborted)|(InvalidState|Timeout)Error: Transition was aborted)/;

/** Collects uncaught errors and console errors, except interruptions and console errors that match `ignored`. */
export function collectErrors(page: Page, ignored = REJECTED_REQUEST): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => {
    if (!INTERRUPTED.test(String(error))) errors.push(String(error));
  });
  page.on("console", (message) => {
    const isIgnored = ignored.test(message.text()) || INTERRUPTED.test(message.text());
    if (message.type() === "error" && !isIgnored) errors.push(message.text());
  });
  return errors;
}
