import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { withMaintenanceConnection } from "#db/connection.ts";
import { launchBrowser, openPage } from "./browser.ts";
import { type DemoApp, embeddedDatabase, postJson, seedDemoAccount, startDemoApp } from "./demo-app.ts";
import { drawIcons } from "./icons.ts";

/*
 * `npm run screenshots`: takes the pictures of the README and the manifest from the built application with seeded data,
 * and draws the icons. The data and its dates are fixed, so a picture changes only when the page changes.
 */
const FOLDER = "public/screenshots";
const TASKS = 30;
/** With this seed the first tasks show open and done ones, descriptions and several scripts. */
const SEED = 1453;
const NEWEST_TASK = new Date("2026-03-03T07:30:00Z");

const DESKTOP = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const PICTURES = (["light", "dark"] as const).flatMap((colorScheme) => [
  { name: `dashboard-${colorScheme}`, path: "/dashboard?show=all", colorScheme, ...DESKTOP },
  { name: `phone-${colorScheme}`, path: "/dashboard?show=all", colorScheme, ...PHONE },
  { name: `landing-${colorScheme}`, path: "/", colorScheme, ...DESKTOP },
]);

/** The seed dates its tasks back from today. Moves them so that the newest is always from the same day. */
async function fixDates(app: DemoApp): Promise<void> {
  const { url } = await embeddedDatabase(app);
  await withMaintenanceConnection(url, (knex) =>
    knex.raw(
      `update task set created_at = created_at + shift.by, updated_at = updated_at + shift.by,
         completed_at = completed_at + shift.by
       from (select ?::timestamptz - max(created_at) as by from task) as shift`,
      [NEWEST_TASK],
    ),
  );
}

async function takePicture(
  browser: Browser,
  app: DemoApp,
  cookie: string,
  { name, path, ...options }: (typeof PICTURES)[number],
): Promise<string> {
  const session = path === "/" ? {} : { cookie };
  const page = await openPage(browser, app, path, { ...options, ...session, reducedMotion: "reduce" });
  const file = `${FOLDER}/${name}.png`;
  await page.screenshot({ path: file, animations: "disabled" });
  await page.context().close();
  return file;
}

const report = (file: string) =>
  process.stdout.write(`${file}  ${(statSync(file).size / 1000).toFixed(1)} kB\n`);

const app = await startDemoApp();
const browser = await launchBrowser();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const file of await drawIcons(browser)) report(file);
  const credentials = await seedDemoAccount(app, { tasks: TASKS, seed: SEED });
  await fixDates(app);
  const { cookie } = await postJson(app, "/api/auth/signin", credentials);
  for (const picture of PICTURES) report(await takePicture(browser, app, cookie, picture));
} finally {
  await browser.close();
  await app.stop();
}
