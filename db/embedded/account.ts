import { type Account, runProgram } from "./run-program.ts";
import { EmbeddedDatabaseError, type Log } from "./types.ts";

const CREATED_ACCOUNT = "tock";
const KNOWN_ACCOUNTS = ["postgres", "_postgres", CREATED_ACCOUNT];

/**
 * The account PostgreSQL shall run under: it refuses root.
 * @param owner uid and gid of the data folder, if there is one: PostgreSQL accepts no other
 * @returns undefined for an ordinary user, who runs it as himself
 * @throws EmbeddedDatabaseError when this process may not change accounts
 */
export async function selectAccount(
  owner: { uid: number; gid: number } | undefined,
  log: Log,
): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const account = owner ? { name: await nameOf(owner.uid), ...owner } : await unprivilegedAccount(log);
  const probe = await runProgram("/bin/sh", ["-c", "exit 0"], { account });
  if (probe.ok) return account;
  throw new EmbeddedDatabaseError(
    `PostgreSQL refuses root, and this process may not become "${account.name}" (${probe.output}): start Tock as an ordinary user, or set DATABASE_URL`,
  );
}

async function unprivilegedAccount(log: Log): Promise<Account> {
  for (const name of KNOWN_ACCOUNTS) {
    const account = await lookUp(name);
    if (account) return account;
  }
  const created = await create();
  if (created) {
    log.info(
      { account: created.name },
      "Created a system account for the database, which refuses to run as root",
    );
    return created;
  }
  const nobody = await lookUp("nobody");
  if (!nobody) {
    throw new EmbeddedDatabaseError(
      "PostgreSQL refuses root, and there is no account to run it under: start Tock as an ordinary user, or set DATABASE_URL",
    );
  }
  log.warn({ account: nobody.name }, "The database runs as nobody, an account that other programs may share");
  return nobody;
}

async function nameOf(uid: number): Promise<string> {
  const { ok, output } = await runProgram("id", ["-n", "-u", String(uid)]);
  return ok ? output.trim() : `uid ${uid}`;
}

async function lookUp(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([runProgram("id", ["-u", name]), runProgram("id", ["-g", name])]);
  const account = { name, uid: Number(uid.output), gid: Number(gid.output) };
  return uid.ok && gid.ok && account.uid > 0 ? account : undefined;
}

/** useradd is everywhere but on BusyBox, where adduser takes -S; Debian's own adduser takes --system. */
async function create(): Promise<Account | undefined> {
  const ways: [string, string[]][] = [
    [
      "useradd",
      ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"],
    ],
    ["adduser", ["--system", "--group", "--no-create-home"]],
    ["adduser", ["-S", "-D", "-H"]],
  ];
  for (const [program, flags] of ways) {
    await runProgram(program, [...flags, CREATED_ACCOUNT]);
    const account = await lookUp(CREATED_ACCOUNT);
    if (account) return account;
  }
  return undefined;
}
