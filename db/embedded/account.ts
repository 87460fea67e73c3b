import type { Log } from "../log.ts";
import { EmbeddedDatabaseError } from "./errors.ts";
import { type Account, runProgram } from "./run-program.ts";

const CREATED_ACCOUNT = "tock";
const KNOWN_ACCOUNTS = ["postgres", "_postgres", CREATED_ACCOUNT];

/**
 * Selects the account that PostgreSQL runs under, because PostgreSQL refuses to run as root. It is the owner of an
 * existing data folder; otherwise the first existing account of `postgres`, `_postgres` and `tock`; otherwise a new
 * system account `tock`; otherwise `nobody`, with a warning.
 * @param dataOwner the owner of the data folder, if there is one: PostgreSQL accepts no other account
 * @returns undefined unless this process runs as root: PostgreSQL then runs under the same account
 * @throws EmbeddedDatabaseError if this process may not change to that account
 */
export async function selectAccount(
  dataOwner: { uid: number; gid: number } | undefined,
  log: Log,
): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const account = dataOwner
    ? { name: await accountName(dataOwner.uid), ...dataOwner }
    : await unprivilegedAccount(log);
  const probe = await runProgram("/bin/sh", ["-c", "exit 0"], { account });
  if (probe.ok) return account;
  throw new EmbeddedDatabaseError(
    `PostgreSQL does not run as root, and this process may not change to the account "${account.name}" (${probe.output}): start Tock as an ordinary user, or set DATABASE_URL`,
  );
}

async function unprivilegedAccount(log: Log): Promise<Account> {
  for (const name of KNOWN_ACCOUNTS) {
    const account = await findAccount(name);
    if (account) return account;
  }
  const created = await createAccount();
  if (created) {
    log.info({ account: created.name }, "created a system account for the embedded database");
    return created;
  }
  const shared = await findAccount("nobody");
  if (!shared) {
    throw new EmbeddedDatabaseError(
      "PostgreSQL does not run as root, and there is no other account for it: start Tock as an ordinary user, or set DATABASE_URL",
    );
  }
  log.warn(
    { account: shared.name },
    'the embedded database runs as "nobody", an account that other programs may share',
  );
  return shared;
}

async function accountName(uid: number): Promise<string> {
  const { ok, output } = await runProgram("id", ["-n", "-u", String(uid)]);
  return ok ? output.trim() : `uid ${uid}`;
}

async function findAccount(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([runProgram("id", ["-u", name]), runProgram("id", ["-g", name])]);
  const account = { name, uid: Number(uid.output), gid: Number(gid.output) };
  return uid.ok && gid.ok && account.uid > 0 ? account : undefined;
}

/** Tries useradd, then the adduser of Debian (--system), then that of BusyBox (-S). */
async function createAccount(): Promise<Account | undefined> {
  const commands: [program: string, flags: string[]][] = [
    [
      "useradd",
      ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"],
    ],
    ["adduser", ["--system", "--group", "--no-create-home"]],
    ["adduser", ["-S", "-D", "-H"]],
  ];
  for (const [program, flags] of commands) {
    await runProgram(program, [...flags, CREATED_ACCOUNT]);
    const account = await findAccount(CREATED_ACCOUNT);
    if (account) return account;
  }
  return undefined;
}
