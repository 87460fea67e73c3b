import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import knex from "knex";
import type { Page } from "playwright-core";
import { hashPassword } from "#app/services/passwords.server.ts";
import { DEMO_EMAIL, seed } from "#db/seed/seed.ts";
import { PASSWORD } from "../../test/support/users.ts";
import { drawIcons } from "./icons.ts";
import { enter, onStage, openWindow, type Stage, say } from "./demo-app.ts";

/*
 * `npm run screenshots`: the README's and the manifest's pictures, of the built Tock with the seeded demo, and the icons.
 * The same data at the same time, so that a picture changes only when the page does.
 */
const PATIENCE_MS = 180_000;
const FOLDER = "public/screenshots";
const TASKS = 30;
/** One of those whose first tasks show a little of everything. */
const SEED = 1453;
/** The day of the pictures; the seed counts back from today, so its times are moved. */
const NOW = new Date("2026-03-03T10:30:00Z");

interface Picture {
  name: string;
  path: string;
  colorScheme: "light" | "dark";
  viewport: { width: number; height: number };
  deviceScaleFactor: number;
}

const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const PICTURES: Picture[] = (["light", "dark"] as const).flatMap((colorScheme) => [
  { name: `dashboard-${colorScheme}`, path: "/dashboard", colorScheme, ...DESK },
  { name: `phone-${colorScheme}`, path: "/dashboard", colorScheme, ...PHONE },
  { name: `landing-${colorScheme}`, path: "/", colorScheme, ...DESK },
]);

async function seedDemo(url: string): Promise<void> {
  const connection = knex({ client: "pg", connection: url });
  try {
    await seed(connection, {
      users: 0,
      tasks: TASKS,
      seed: SEED,
      passwordHash: await hashPassword(PASSWORD),
      signal: AbortSignal.timeout(PATIENCE_MS),
      onProgress: () => undefined,
    });
    // The newest task was written a few hours before.
    await connection.raw(
      `update task set created_at = created_at + moved, updated_at = updated_at + moved
       from (select ?::timestamptz - interval '3 hours' - max(created_at) as moved from task) as shift`,
      [NOW],
    );
  } finally {
    await connection.destroy();
  }
}

/** As it is seen by somebody who has waited for everything. */
async function settle(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: "networkidle" });
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(() => document.fonts.ready);
}

async function take(stage: Stage, { name, path, ...looks }: Picture): Promise<string> {
  const context = await openWindow(stage, { ...looks, reducedMotion: "reduce" });
  if (path !== "/") await enter(stage, context, DEMO_EMAIL, PASSWORD);
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  await settle(page, path);
  const file = `${FOLDER}/${name}.png`;
  await page.screenshot({ path: file, animations: "disabled" });
  await context.close();
  return file;
}

const tell = (file: string) => say(`${file}  ${(statSync(file).size / 1000).toFixed(1)} kB`);

await onStage(PATIENCE_MS, async (stage) => {
  await mkdir(FOLDER, { recursive: true });
  for (const file of await drawIcons(stage.browser)) tell(file);
  await seedDemo(stage.databaseUrl);
  for (const picture of PICTURES) tell(await take(stage, picture));
});
