import { cliEnv } from "../env.server.ts";
import { parseOptions, parseWholeNumber, UsageError } from "./arguments.ts";
import { type Command, runWithDatabase } from "./database.ts";
import { errorLine } from "./error-line.ts";
import { migrateCommand, rollbackCommand } from "./migrate.ts";
import { print, printError } from "./output.ts";
import { abortOnStopSignals } from "./stop-signals.ts";

/*
 * `npm run db:migrate`, `db:rollback` and `db:seed`. In the image: `tock migrate`, `tock rollback` and `tock seed`.
 */
const USAGE = `Usage: npm run db:COMMAND -- [options]    in the image: tock COMMAND [options]
  migrate [--unlock]       apply all pending migrations; --unlock first releases Knex's lock
  rollback [--yes-really]  revert the last migration, and delete its data; --yes-really even if people have signed up
  seed [options]           add generated users and tasks, and a demo account
      --users N   users (default 5)            --seed N       random seed (default 1)
      --tasks N   tasks per user (default 40)  --yes-really   even if the database looks like production
They use MIGRATION_DATABASE_URL, else DATABASE_URL, else the embedded database in DATA_DIR, whether or not the app is
running.
`;

/** Each parses its options before the database is opened. */
const commands: Record<string, (args: string[]) => Command> = {
  migrate: (args) => {
    const { unlock = false } = parseOptions(args, { unlock: { type: "boolean" } });
    return (context) => migrateCommand(context, { unlock });
  },
  rollback: (args) => {
    const values = parseOptions(args, { "yes-really": { type: "boolean", default: false } });
    return (context) => rollbackCommand(context, { allowLoss: values["yes-really"] });
  },
  seed: (args) => {
    const values = parseOptions(args, {
      users: { type: "string", default: "5" },
      tasks: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
      "yes-really": { type: "boolean", default: false },
    });
    const options = {
      users: parseWholeNumber("--users", values.users, 100_000),
      tasks: parseWholeNumber("--tasks", values.tasks, 100_000),
      seed: parseWholeNumber("--seed", values.seed, 999_999_999),
      allowProduction: values["yes-really"],
    };
    return async (context) => {
      // Loaded here: migrations need neither the generators nor the list of common passwords.
      const { seedCommand } = await import("./seed.ts");
      await seedCommand(context, options);
    };
  },
};

async function main([name = "", ...args]: string[]): Promise<void> {
  try {
    if ([name, ...args].some((arg) => arg === "--help" || arg === "-h")) return print(USAGE);
    const prepare = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!prepare) throw new UsageError(name ? `unknown command "${name}"` : "a command is required");
    await runWithDatabase(prepare(args), cliEnv(), abortOnStopSignals());
  } catch (error) {
    printError(`${name ? `db:${name}` : "db"}: ${errorLine(error)}`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    process.exitCode ??= 1;
  }
}

await main(process.argv.slice(2));
