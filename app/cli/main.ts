import { cliEnv } from "../env.server.ts";
import { parseArgument, parseEmail, parseOptions, parseWholeNumber, UsageError } from "./arguments.ts";
import { type Command, runWithDatabase } from "./database.ts";
import { errorLine } from "./error-line.ts";
import { migrateCommand, rollbackCommand } from "./migrate.ts";
import { print, printError } from "./output.ts";
import { abortOnStopSignals } from "./stop-signals.ts";

/*
 * `npm run db:migrate`, `npm run doctor` and so on. In the image: `tock migrate`, `tock doctor`.
 */
const USAGE = `Usage: npm run db:COMMAND -- [options]    in the image: tock COMMAND [options]
  backup [--keep N]        write an archive into BACKUP_DIR; then delete all but the newest N archives there
  restore FILE [options]   replace the database by an archive. Stop Tock first
      --check     only verify the archive      --yes-really   even if people have signed up, or
                                               tables of other applications are deleted
  migrate [--unlock]       apply all pending migrations; --unlock first releases Knex's lock
  rollback [--yes-really]  revert the last migration, and delete its data; --yes-really even if people have signed up
  seed [options]           add generated users and tasks, and a demo account
      --users N   users (default 5)            --seed N       random seed (default 1)
      --tasks N   tasks per user (default 40)  --yes-really   even if the database looks like production
Other commands:
  npm run doctor           in the image: tock doctor; check configuration and database, and say what to change
  npm run user:reset-password -- EMAIL    in the image: tock user reset-password EMAIL; print a link for a new password,
                           which works once, for one hour
They use MIGRATION_DATABASE_URL, else DATABASE_URL, else the embedded database in DATA_DIR, whether or not the app is
running.
`;

type Work = (signal: AbortSignal) => Promise<void>;

const withDatabase =
  (command: Command): Work =>
  (signal) =>
    runWithDatabase(command, cliEnv(), signal);

/** Each parses its options before the database is opened. Modules that migrations do not need are loaded on demand. */
const commands: Record<string, (args: string[]) => Work> = {
  user: ([name = "", ...args]) => {
    if (name !== "reset-password")
      throw new UsageError(name ? `unknown command "user ${name}"` : "a command is required");
    const email = parseEmail(args);
    return withDatabase(async (context) => {
      const { resetPasswordCommand } = await import("./user.ts");
      await resetPasswordCommand(context, email);
    });
  },
  backup: (args) => {
    const { keep } = parseOptions(args, { keep: { type: "string" } });
    const options = { keep: keep === undefined ? undefined : parseWholeNumber("--keep", keep, 100_000, 1) };
    return withDatabase(async (context) => {
      const { backupCommand } = await import("./backup.ts");
      await backupCommand(context, options);
    });
  },
  restore: (args) => {
    const { argument: file, values } = parseArgument("the file of an archive", args, {
      check: { type: "boolean", default: false },
      "yes-really": { type: "boolean", default: false },
    });
    return async (signal) => {
      const { restoreCommand } = await import("./restore.ts");
      await restoreCommand(
        { file, checkOnly: values.check, allowLoss: values["yes-really"] },
        cliEnv(),
        signal,
      );
    };
  },
  doctor: (args) => {
    parseOptions(args, {});
    return async (signal) => {
      const { doctorCommand } = await import("./doctor/doctor.ts");
      await doctorCommand(signal);
    };
  },
  migrate: (args) => {
    const { unlock = false } = parseOptions(args, { unlock: { type: "boolean" } });
    return withDatabase((context) => migrateCommand(context, { unlock }));
  },
  rollback: (args) => {
    const values = parseOptions(args, { "yes-really": { type: "boolean", default: false } });
    return withDatabase((context) => rollbackCommand(context, { allowLoss: values["yes-really"] }));
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
    return withDatabase(async (context) => {
      const { seedCommand } = await import("./seed.ts");
      await seedCommand(context, options);
    });
  },
};

/** The name of a command in package.json. */
function scriptName(name: string, [subcommand]: string[]): string {
  if (name === "user") return subcommand ? `user:${subcommand}` : "user";
  if (name === "doctor") return name;
  return name ? `db:${name}` : "db";
}

async function main([name = "", ...args]: string[]): Promise<void> {
  try {
    if ([name, ...args].some((arg) => arg === "--help" || arg === "-h")) return print(USAGE);
    const prepare = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!prepare) throw new UsageError(name ? `unknown command "${name}"` : "a command is required");
    await prepare(args)(abortOnStopSignals());
  } catch (error) {
    printError(`${scriptName(name, args)}: ${errorLine(error)}`);
    if (error instanceof UsageError) process.stderr.write(USAGE);
    process.exitCode ??= 1;
  }
}

await main(process.argv.slice(2));
