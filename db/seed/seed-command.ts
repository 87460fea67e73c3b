import type { Knex } from "knex";
import { env, isLocalHost } from "#app/env.server.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { showProgress } from "./progress.ts";
import { countRealUsers, DEMO_EMAIL, type SeedReport, seed } from "./seed.ts";

/** Everybody a seed invents can sign in with it. Passes the rules for new passwords. */
const SEED_PASSWORD = "plant-more-trees-26";

export interface Context {
  knex: Knex;
  url: string;
  signal: AbortSignal;
}

interface SeedCommandOptions {
  users: number;
  tasks: number;
  seed: number;
  yesReally: boolean;
}

/**
 * `db:seed`: refuses what looks like production, then migrates, then adds.
 * @throws Error with one line that says why it was refused, and how to override that
 */
export async function seedCommand(
  { knex, url, signal }: Context,
  options: SeedCommandOptions,
): Promise<void> {
  const signs = options.yesReally ? [] : await productionSigns(knex, url);
  if (signs.length > 0) {
    throw new Error(
      `refused, because this looks like production: ${signs.join("; ")}. If you mean it, add --yes-really`,
    );
  }
  for (const name of await migrateToLatest(knex)) say(`Applied ${name}`);
  // Here, because the list of common passwords behind it takes a moment to load.
  const { hashPassword, assertStrongPassword } = await import("#app/services/passwords.server.ts");
  assertStrongPassword(SEED_PASSWORD, { email: DEMO_EMAIL, name: "Demo" });
  const passwordHash = await hashPassword(SEED_PASSWORD);
  signal.throwIfAborted();
  const started = performance.now();
  const progress = showProgress(options.users * (1 + options.tasks));
  try {
    const report = await seed(knex, { ...options, passwordHash, signal, onProgress: progress.add });
    progress.stop();
    tell(report, (performance.now() - started) / 1000);
  } finally {
    progress.stop();
  }
}

/** What speaks against inventing people here; each sign in words. */
async function productionSigns(knex: Knex, url: string): Promise<string[]> {
  const signs: string[] = [];
  // `npm start` sets NODE_ENV by itself, also for somebody's first try with the embedded database.
  // biome-ignore lint/style/noProcessEnv: NODE_ENV is the tools' variable, not one of the app's schema.
  if (process.env.NODE_ENV === "production" && env().DATABASE_URL) {
    signs.push("NODE_ENV is production and DATABASE_URL is set");
  }
  const host = hostOf(url);
  if (!isLocalHost(host) && !host.startsWith("/"))
    signs.push(`the database is on ${host}, which is not this machine`);
  const strangers = await countRealUsers(knex);
  if (strangers === 1) signs.push("1 person has signed up, with an address that is not of a seed");
  if (strangers > 1) signs.push(`${strangers} people have signed up, with addresses that are not of a seed`);
  return signs;
}

function tell({ users, tasks, demo, somebody }: SeedReport, seconds: number): void {
  const { APP_URL, PORT } = env();
  const number = new Intl.NumberFormat("en");
  const people = `${number.format(users)} ${users === 1 ? "person" : "people"}`;
  say(`Added ${people} and ${number.format(tasks)} tasks in ${seconds.toFixed(1)} s.`);
  if (demo === "left alone") {
    say(`Somebody signed up as ${DEMO_EMAIL}: that account was left alone, and has its own password.`);
  } else {
    const was = demo === "made" ? "was made" : "was there already: its name and password were set again";
    say(`The demo account ${was}. Sign in at ${APP_URL ?? `http://localhost:${PORT}`}/signin`);
    say(`  email     ${DEMO_EMAIL}\n  password  ${SEED_PASSWORD}`);
  }
  if (somebody) say(`Everybody a seed invents has the same password, ${somebody} for one.`);
}

/** The host of a PostgreSQL URL; a path for a socket. */
export function hostOf(url: string): string {
  const { hostname, searchParams } = new URL(url);
  return hostname || (searchParams.get("host") ?? "localhost");
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
