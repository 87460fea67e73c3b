import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const secret = z.string().min(32);
const schema = z.object({ JWT_SECRET: secret, SESSION_SECRET: secret, BETTER_AUTH_SECRET: secret });
type GeneratedSecrets = z.output<typeof schema>;

/**
 * Loads the secrets of an instance with the embedded database from `<dataDir>/secrets.json`, mode 600. Generates them on
 * the first start, 32 random bytes each.
 * @throws Error with a message of one line if the folder cannot be used or the file is damaged
 */
export function loadOrCreateSecrets(dataDir: string): GeneratedSecrets {
  const file = join(dataDir, "secrets.json");
  try {
    // For the owner only. As root the embedded database runs under another account, which must reach its folder inside.
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    if (!existsSync(file)) createSecrets(file);
    chmodSync(file, 0o600);
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code
      ? `DATA_DIR: ${dataDir} must be a folder that this account${accountId()} may write to (${code}).`
      : `DATA_DIR: ${file} is damaged: ${damageOf(cause)}. Correct it, or take it from a backup. Removing it signs out all users and makes all second factors unreadable.`;
    throw new Error(problem, { cause });
  }
}

/** Says what is wrong with the file, without its content. */
function damageOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return "it is not valid JSON";
  const [name] = cause.issues[0]?.path ?? [];
  return name === undefined
    ? "it must be an object of secrets"
    : `${String(name)} must be a text of at least 32 characters`;
}

/** Names the account by its number: a container has no names, and its volume may belong to root. */
function accountId(): string {
  const uid = process.getuid?.();
  return uid === undefined ? "" : ` (UID ${uid})`;
}

/**
 * Writes a draft and links it to the final name. link() never replaces a file: two concurrent first starts use the same
 * secrets, and a crash leaves no incomplete file. File and folder are flushed: after a power loss the name could
 * otherwise refer to an empty file, and Tock would not start.
 */
function createSecrets(file: string): void {
  const draft = `${file}.${process.pid}`;
  const secret = () => randomBytes(32).toString("base64url");
  const secrets = { JWT_SECRET: secret(), SESSION_SECRET: secret(), BETTER_AUTH_SECRET: secret() };
  try {
    writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
    flush(draft);
    linkSync(draft, file);
    flush(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Writes a file, or the names in a folder, from the system's memory to the disk. */
function flush(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
