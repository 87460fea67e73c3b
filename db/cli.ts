import { parseArgs } from "node:util";
import type { Knex } from "knex";
import { env } from "#app/env.server.ts";
import { withMaintenanceConnection } from "./connection.ts";
import { attachOrStartEmbedded, type Log } from "./embedded/embedded-database.ts";
import { classifyDatabaseError } from "./errors.ts";
import { migrateToLatest, rollbackLastBatch, unlockMigrations } from "./migrations/index.ts";
import { type Context, hostOf, say, seedCommand } from "./seed/seed-command.ts";

const USAGE = `Usage:
  npm run db:migrate [-- --unlock]      bring the schema up to date; --unlock frees Knex's lock before
  npm run db:rollback                   take the last batch of migrations back, with the data in their tables
  npm run db:seed [-- options]          add invented people and tasks, and a demo account
      --users N   people (default 5)          --seed N       another number, other people (default 1)
      --tasks N   tasks for each (default 40) --yes-really   even if the database looks like production
Against DATABASE_URL, or the embedded database in DATA_DIR, whether the app runs or not.
`;

const FORCED_EXIT_MS = 5_000;
/** npm, tsx and the terminal may each pass on the same Ctrl-C. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** A wrong way to call this: answered with the usage. */
class UsageError extends Error {}

type Command = (context: Context) => Promise<void>;

const commands: Record<string, (args: string[]) => Command> = {
  migrate: (args) => {
    const { unlock = false } = parse(args, { unlock: { type: "boolean" } });
    return ({ knex }) => migrate(knex, unlock);
  },
  rollback: (args) => {
    parse(args, {});
    return ({ knex }) => rollback(knex);
  },
  seed: (args) => {
    const values = parse(args, {
      users: { type: "string", default: "5" },
      tasks: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
      "yes-really": { type: "boolean", default: false },
    });
    const users = wholeNumber("--users", values.users, 100_000);
    const tasks = wholeNumber("--tasks", values.tasks, 100_000);
    const number = wholeNumber("--seed", values.seed, 999_999_999);
    return (context) => seedCommand(context, { users, tasks, seed: number, yesReally: values["yes-really"] });
  },
};

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

function parse<T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new UsageError(sentence);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new UsageError(`${name} must be a whole number from 0 to ${most}, not "${text}"`);
}

async function migrate(knex: Knex, unlock: boolean): Promise<void> {
  if (unlock) {
    await unlockMigrations(knex);
    say("The migration lock is free.");
  }
  const applied = await migrateToLatest(knex);
  for (const name of applied) say(`Applied ${name}`);
  if (applied.length === 0) say("Nothing to do: the schema is up to date.");
}

async function rollback(knex: Knex): Promise<void> {
  const undone = await rollbackLastBatch(knex);
  for (const name of undone) say(`Took back ${name}`);
  if (undone.length === 0) say("Nothing to do: no migration is applied.");
}

const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const embeddedLog: Log = {
  info: () => undefined,
  warn: (_, message) => complain(message),
  error: (_, message) => complain(message),
};

async function withDatabase(command: Command, signal: AbortSignal): Promise<void> {
  const { DATABASE_URL, DATA_DIR } = env();
  const embedded = DATABASE_URL
    ? undefined
    : await attachOrStartEmbedded({ dataDir: DATA_DIR, log: embeddedLog });
  const url = DATABASE_URL ?? embedded?.url ?? "";
  try {
    signal.throwIfAborted();
    await withMaintenanceConnection(url, (knex) => command({ knex, url, signal }));
  } catch (error) {
    if (classifyDatabaseError(error).kind !== "unavailable") throw error;
    throw new Error(`the database on ${hostOf(url)} cannot be used: ${reasonOf(error)}`);
  } finally {
    await embedded?.stop();
  }
}

/** One line, without the statement that Knex puts before what PostgreSQL said. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.name === "MigrationLocked") {
    return "Knex's lock is taken; if no migration is running, free it: npm run db:migrate -- --unlock";
  }
  const words = "severity" in error ? (error.message.split(" - ").at(-1) ?? "") : error.message;
  return words.split("\n")[0] || error.name;
}

/**
 * The first signal asks: a seed stops after its batch, a migration goes to its end. After five seconds, or at a second
 * signal, the process ends as it is: PostgreSQL takes back what was not committed, an embedded one ends by itself.
 */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const [name, code] of Object.entries(SIGNALS)) {
    let asked = 0;
    process.on(name, () => {
      if (asked > 0 && Date.now() - asked < SAME_SIGNAL_MS) return;
      if (asked > 0) process.exit(code);
      asked = Date.now();
      process.exitCode = code;
      stopping.abort(new Error("stopped; what was finished is kept"));
      setTimeout(() => process.exit(code), FORCED_EXIT_MS).unref();
    });
  }
  return stopping.signal;
}

async function main([name = "", ...args]: string[]): Promise<void> {
  try {
    if ([name, ...args].some((arg) => arg === "--help" || arg === "-h")) return say(USAGE);
    const prepare = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!prepare) throw new UsageError(name ? `there is no command "${name}"` : "which command?");
    const command = prepare(args);
    await withDatabase(command, stopOnSignals());
  } catch (error) {
    complain(`${name ? `db:${name}` : "db"}: ${reasonOf(error)}`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    process.exitCode ??= 1;
  }
}

await main(process.argv.slice(2));
