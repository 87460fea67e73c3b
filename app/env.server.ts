import { z } from "zod";
import { loadOrCreateSecrets } from "./secrets.server.ts";

/** The configuration of this process, checked; every secret is there. */
export type Env = z.output<typeof envSchema> & Secrets;
export interface Secrets {
  JWT_SECRET: string;
  /** Newest first: the first signs, all verify. */
  SESSION_SECRET: string[];
  BETTER_AUTH_SECRET: string;
}

const SECRET_MIN = 32;
const SECRET_COMMAND = "openssl rand -base64 32";
const EXAMPLE = /(change|replace|fill).?(me|this|in)|your.?(own|secret|jwt|key)|example|placeholder/i;

const whole = (name: string, least: number, most: number, fallback: number) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,9}$/, `${name} must be a whole number`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `${name} must be between ${least} and ${most}`)
    .default(fallback);

const secret = z
  .string()
  .regex(/\S/, "is blank")
  .min(SECRET_MIN, `needs at least ${SECRET_MIN} characters, so that nobody can guess it`);

/** A host whose traffic never leaves this machine needs no TLS; every other one must say what it wants. */
export function isLocalHost(host: string): boolean {
  return (
    host === "" || host === "localhost" || host === "[::1]" || host === "::1" || /^127(\.\d+){3}$/.test(host)
  );
}

const databaseUrl = z.string().superRefine((value, ctx) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !["postgres:", "postgresql:"].includes(url.protocol)) {
    return ctx.addIssue("must be a PostgreSQL URL such as postgresql://user:password@host/database");
  }
  const sslmode = url.searchParams.get("sslmode") ?? "";
  // As the driver reads it: a host given as a parameter comes before the one in its usual place.
  const host = url.searchParams.get("host") || url.hostname;
  const decided = ["require", "verify-ca", "verify-full", "disable"].includes(sslmode);
  if (!isLocalHost(host) && !host.startsWith("/") && !decided) {
    ctx.addIssue(
      "names a host that is not local, so it must say sslmode=require (or stronger), or sslmode=disable on a private network",
    );
  }
});

const appUrl = z.string().transform((value, ctx) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.pathname !== "/" || url.search || url.hash) {
    ctx.addIssue("must be a bare origin such as https://tock.example.org");
    return z.NEVER;
  }
  return url.origin;
});

const envSchema = z.object({
  PORT: whole("PORT", 0, 65_535, 7860),
  HOST: z.string().min(1).default("0.0.0.0"),
  DATABASE_URL: databaseUrl.optional(),
  DATA_DIR: z.string().min(1).default(".data"),
  JWT_SECRET: secret.optional(),
  SESSION_SECRET: z
    .string()
    .transform((list) => list.split(",").map((part) => part.trim()))
    .pipe(z.array(secret).min(1))
    .optional(),
  BETTER_AUTH_SECRET: secret.optional(),
  APP_URL: appUrl.optional(),
  TRUST_PROXY: whole("TRUST_PROXY", 0, 10, 0),
  DB_POOL_MIN: whole("DB_POOL_MIN", 0, 1000, 10),
  DB_POOL_MAX: whole("DB_POOL_MAX", 1, 1000, 20),
  DB_POOL_OVERFLOW: whole("DB_POOL_OVERFLOW", 0, 1000, 30),
  DB_POOL_TIMEOUT_MS: whole("DB_POOL_TIMEOUT_MS", 100, 600_000, 30_000),
  DB_PGBOUNCER: z
    .enum(["true", "false"], { error: "must be true or false" })
    .transform((value) => value === "true")
    .optional(),
  RATE_LIMIT_AUTH_PER_MINUTE: whole("RATE_LIMIT_AUTH_PER_MINUTE", 1, 1_000_000, 5),
  RATE_LIMIT_TASKS_PER_MINUTE: whole("RATE_LIMIT_TASKS_PER_MINUTE", 1, 1_000_000, 100),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" }).optional(),
  FRAME_ANCESTORS: z
    .string()
    .trim()
    .regex(/^[^;,\r\n]+$/, "must be a Content-Security-Policy source list such as https://huggingface.co")
    .default("'none'"),
  SHUTDOWN_DELAY_MS: whole("SHUTDOWN_DELAY_MS", 0, 60_000, 500),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

/** Configuration that does not parse: `message` is the one line to print before the process ends. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}

/**
 * Hugging Face hands a Space its secrets in one variable, as a JSON object or as KEY=value lines. They are merged in
 * underneath the real variables.
 */
function spaceSecrets(raw: string | undefined): Record<string, string> {
  const text = raw?.trim();
  if (!text) return {};
  if (!text.startsWith("{")) {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() && !line.trim().startsWith("#"));
    return Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf("=");
        if (at < 1) throw new EnvError("HF_SPACE_SECRETS: each line must read KEY=value.");
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
    );
  }
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch {
    throw new EnvError("HF_SPACE_SECRETS: must be a JSON object of strings, or KEY=value lines.");
  }
}

function refuseWeak(env: Secrets): void {
  const all = Object.entries(env).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one] as const),
  );
  for (const [name, value] of all) {
    if (EXAMPLE.test(value))
      throw new EnvError(`${name}: looks like an example. Make one with: ${SECRET_COMMAND}`);
    const twin = all.find(([other, same]) => other !== name && same === value);
    if (twin)
      throw new EnvError(`${name}: must differ from ${twin[0]}, so that one leak does not open both.`);
  }
}

function requireSecrets(parsed: z.output<typeof envSchema>): Secrets {
  // Only with the embedded database do secrets live as long, and in the same place, as what they protect.
  const generated = parsed.DATABASE_URL ? undefined : loadOrCreateSecrets(parsed.DATA_DIR);
  const need = <T>(name: keyof Secrets, value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new EnvError(
      `${name}: is required with DATABASE_URL (at least ${SECRET_MIN} characters). Make one with: ${SECRET_COMMAND}`,
    );
  };
  return {
    JWT_SECRET: need("JWT_SECRET", parsed.JWT_SECRET ?? generated?.JWT_SECRET),
    SESSION_SECRET: need(
      "SESSION_SECRET",
      parsed.SESSION_SECRET ?? (generated && [generated.SESSION_SECRET]),
    ),
    BETTER_AUTH_SECRET: need(
      "BETTER_AUTH_SECRET",
      parsed.BETTER_AUTH_SECRET ?? generated?.BETTER_AUTH_SECRET,
    ),
  };
}

/**
 * Parses the environment, and makes the secrets that may be made.
 * @param source variables by name; an empty value counts as absent
 * @throws EnvError with one line that names the variable, what it needs and why
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const merged = { ...spaceSecrets(source.HF_SPACE_SECRETS), ...withoutEmpty(source) };
  const parsed = envSchema.safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? "environment");
    throw new EnvError(`${name}: ${issue?.message.replace(`${name} `, "") ?? "is not valid"}.`);
  }
  if (parsed.data.DB_POOL_MIN > parsed.data.DB_POOL_MAX) {
    throw new EnvError("DB_POOL_MIN: must not be greater than DB_POOL_MAX, the connections of ordinary use.");
  }
  const secrets = requireSecrets(parsed.data);
  refuseWeak(secrets);
  return Object.freeze({ ...parsed.data, ...secrets });
}

const withoutEmpty = (source: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));

let current: Env | undefined;

/**
 * The environment this process was started with: process.env, and underneath it a `.env` file in the folder it was
 * started from. Read once.
 * @throws EnvError on the first call, when it does not parse
 */
export function env(): Env {
  current ??= readEnv();
  return current;
}

function readEnv(): Env {
  try {
    process.loadEnvFile(".env");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return parseEnv(process.env);
}
