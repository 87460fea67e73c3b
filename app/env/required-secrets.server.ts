import type { z } from "zod";
import { EnvError } from "./env-error.server.ts";
import { type envSchema, SECRET_MIN_CHARACTERS, secretList } from "./schema.server.ts";
import { loadOrCreateSecrets } from "./stored-secrets.server.ts";

const NAMES = ["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const;

/** Each is a list, newest first: the first one signs or seals, all of them verify or open. */
export type Secrets = Record<(typeof NAMES)[number], string[]>;

const SECRET_COMMAND = "openssl rand -base64 32";
const PLACEHOLDER = /(change|replace|fill).?(me|this|in)|your.?(own|secret|jwt|key)|example|placeholder/i;

/**
 * Returns the three secrets. With the embedded database, missing ones are generated: they live as long as the data
 * that they protect, and in the same folder.
 * @throws EnvError for a missing, placeholder or repeated secret
 */
export function requireSecrets(parsed: z.output<typeof envSchema>): Secrets {
  const generated = parsed.DATABASE_URL ? undefined : loadOrCreateSecrets(parsed.DATA_DIR);
  const secretsOf = (name: (typeof NAMES)[number]) =>
    parsed[name] ?? (generated && storedList(generated[name]));
  const secrets = {
    JWT_SECRET: secretsOf("JWT_SECRET"),
    SESSION_SECRET: secretsOf("SESSION_SECRET"),
    BETTER_AUTH_SECRET: secretsOf("BETTER_AUTH_SECRET"),
  };
  assertPresent(secrets);
  assertSafeSecrets(secrets);
  return secrets;
}

/** A stored secret is rotated as those of the environment: by a comma in the file. */
function storedList(stored: string): string[] {
  const list = secretList.safeParse(stored);
  if (!list.success) throw new EnvError(`secrets.json: each secret ${list.error.issues[0]?.message}.`);
  return list.data;
}

/** Names all missing secrets at once, so that one restart is enough. */
function assertPresent(
  secrets: { [Name in keyof Secrets]: Secrets[Name] | undefined },
): asserts secrets is Secrets {
  const missing = Object.entries(secrets).filter(([, value]) => value === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  const what = missing.length === 1 ? "is required" : "are required, all different,";
  throw new EnvError(
    `${names}: ${what} with DATABASE_URL (at least ${SECRET_MIN_CHARACTERS} characters). Generate ${missing.length === 1 ? "one" : "each"} with: ${SECRET_COMMAND}`,
  );
}

function assertSafeSecrets(secrets: Secrets): void {
  const entries = Object.entries(secrets).flatMap(([name, value]) =>
    value.map((secret) => [name, secret] as const),
  );
  for (const [name, secret] of entries) {
    if (PLACEHOLDER.test(secret))
      throw new EnvError(`${name}: looks like an example. Generate one with: ${SECRET_COMMAND}`);
    const duplicate = entries.find(([other, value]) => other !== name && value === secret);
    if (duplicate)
      throw new EnvError(`${name}: must differ from ${duplicate[0]}, so that one leak does not expose both.`);
  }
}
