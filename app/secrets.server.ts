import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const secret = z.string().min(32);
const schema = z.object({ JWT_SECRET: secret, SESSION_SECRET: secret, BETTER_AUTH_SECRET: secret });
type GeneratedSecrets = z.output<typeof schema>;

/**
 * The secrets of an instance that keeps its own database: made once, 32 random bytes each, kept in
 * `<dataDir>/secrets.json` with mode 600.
 * @throws Error in one line, when the folder cannot be used or the file was damaged
 */
export function loadOrCreateSecrets(dataDir: string): GeneratedSecrets {
  const file = join(dataDir, "secrets.json");
  try {
    // Nobody else has anything to look for in it; but root's database runs under another account, which must get through.
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    if (!existsSync(file)) create(file);
    chmodSync(file, 0o600);
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code
      ? `DATA_DIR: ${dataDir} must be a folder that this account may write to (${code}).`
      : `DATA_DIR: ${file} is damaged. Restore it, or remove it to have new secrets made (all are signed out).`;
    throw new Error(problem, { cause });
  }
}

/**
 * Written whole beside it, then linked: link() never replaces, so two first starts agree on one file and a crash leaves
 * none that is half written.
 */
function create(file: string): void {
  const draft = `${file}.${process.pid}`;
  const secret = () => randomBytes(32).toString("base64url");
  const made = { JWT_SECRET: secret(), SESSION_SECRET: secret(), BETTER_AUTH_SECRET: secret() };
  try {
    writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
