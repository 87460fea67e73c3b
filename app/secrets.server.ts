import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({
  JWT_SECRET: z.string(),
  SESSION_SECRET: z.string(),
  BETTER_AUTH_SECRET: z.string(),
});
type GeneratedSecrets = z.output<typeof schema>;

/**
 * The secrets of an instance that keeps its own database: made once, 32 random bytes each, kept in
 * `<dataDir>/secrets.json` with mode 600.
 * @throws Error when the folder cannot be written or the file was damaged
 */
export function loadOrCreateSecrets(dataDir: string): GeneratedSecrets {
  const file = join(dataDir, "secrets.json");
  mkdirSync(dataDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  const fresh = () => randomBytes(32).toString("base64url");
  const made = { JWT_SECRET: fresh(), SESSION_SECRET: fresh(), BETTER_AUTH_SECRET: fresh() };
  try {
    // Written whole beside it, then linked: link() never replaces, so two first starts agree on one file and a crash
    // leaves none that is half written.
    writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  chmodSync(file, 0o600);
  const read = schema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!read.success) throw new Error(`${file} is damaged: restore it, or remove it to sign everybody out.`);
  return read.data;
}
