import { migrateToLatest } from "#db/migrations/index.ts";
import { DEMO_EMAIL } from "#db/seed/demo-account.ts";
import { type SeedReport, seed } from "#db/seed/seed.ts";
import type { CliEnv } from "../env.server.ts";
import { assertStrongPassword, hashPassword } from "../services/passwords.server.ts";
import type { CommandContext } from "./database.ts";
import { migrationProgress } from "./migrate.ts";
import { print } from "./output.ts";
import { findProductionSigns } from "./production-signs.ts";
import { showProgress } from "./progress.ts";

/** The password of every generated user. It passes the rules for new passwords. */
const SEED_PASSWORD = "plant-more-trees-26";

interface SeedCommandOptions {
  users: number;
  /** Per user. */
  tasks: number;
  seed: number;
  allowProduction: boolean;
}

/**
 * `db:seed`: refuses a database that looks like production, migrates, then adds users and tasks.
 * @throws Error with one line that gives the reasons and the option that overrides them; Error for more tasks per user
 * than the quota
 */
export async function seedCommand(context: CommandContext, options: SeedCommandOptions): Promise<void> {
  const { env, knex, runtimeRole, signal } = context;
  assertWithinQuota(options.tasks, env.TASKS_PER_USER_MAX);
  if (!options.allowProduction) await assertNotProduction(context);
  for (const name of await migrateToLatest(knex, runtimeRole, migrationProgress)) print(`Applied ${name}`);
  assertStrongPassword(SEED_PASSWORD, { email: DEMO_EMAIL, name: "Demo" });
  const passwordHash = await hashPassword(SEED_PASSWORD);
  signal.throwIfAborted();
  const startedAtMs = performance.now();
  const progress = showProgress(options.users * (1 + options.tasks));
  try {
    const report = await seed(knex, { ...options, passwordHash, signal, onProgress: progress.add });
    progress.stop();
    printReport(report, env, (performance.now() - startedAtMs) / 1000);
  } finally {
    progress.stop();
  }
}

/** The seed inserts tasks without the check of the quota, which costs time per statement. */
function assertWithinQuota(tasks: number, quota: number): void {
  if (tasks <= quota) return;
  throw new Error(
    `--tasks must be at most ${quota}, the number of tasks that an account can have (TASKS_PER_USER_MAX), not ${tasks}`,
  );
}

async function assertNotProduction({ env, knex, databaseUrl }: CommandContext): Promise<void> {
  const signs = await findProductionSigns(env, knex, databaseUrl);
  if (signs.length === 0) return;
  throw new Error(
    `refused, because this looks like production: ${signs.join("; ")}. To seed it anyway, add --yes-really`,
  );
}

function printReport({ users, tasks, demo, firstEmail }: SeedReport, env: CliEnv, seconds: number): void {
  const number = new Intl.NumberFormat("en");
  const added = `${number.format(users)} ${users === 1 ? "user" : "users"}`;
  print(`Added ${added} and ${number.format(tasks)} tasks in ${seconds.toFixed(1)} s.`);
  if (demo === "skipped") {
    print(`${DEMO_EMAIL} is an account that was signed up for: it was left unchanged.`);
  } else {
    const outcome = demo === "created" ? "was created" : "already existed: its name and password were reset";
    print(`The demo account ${outcome}. Sign in at ${env.APP_URL ?? `http://localhost:${env.PORT}`}/signin`);
    print(`  email     ${DEMO_EMAIL}\n  password  ${SEED_PASSWORD}`);
  }
  if (firstEmail) print(`All generated users have the same password, for example ${firstEmail}.`);
}
