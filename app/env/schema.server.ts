import { z } from "zod";
import { isLocalHost } from "./local-host.server.ts";
import { mailFrom, smtpUrl } from "./mail-schemas.server.ts";

export const SECRET_MIN_CHARACTERS = 32;

const wholeNumber = (min: number, max: number, fallback: number) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`)
    .default(fallback);

const secret = z
  .string()
  .regex(/\S/, "must not be blank")
  .min(
    SECRET_MIN_CHARACTERS,
    `must have at least ${SECRET_MIN_CHARACTERS} characters; a comma separates two secrets`,
  );

/** Comma-separated, newest first: the first secret signs or seals, all of them verify or open. */
export const secretList = z
  .string()
  .transform((list) => list.split(",").map((part) => part.trim()))
  .pipe(z.array(secret).min(1));

const databaseUrl = z.string().superRefine((value, ctx) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !["postgres:", "postgresql:"].includes(url.protocol)) {
    return ctx.addIssue("must be a PostgreSQL URL such as postgresql://user:password@host/database");
  }
  if (url.searchParams.has("uselibpqcompat")) {
    return ctx.addIssue("must not contain uselibpqcompat, which turns off the verification of certificates");
  }
  const sslmode = url.searchParams.get("sslmode") ?? "";
  // In pg, the host parameter takes precedence over the host of the URL.
  const host = url.searchParams.get("host") || url.hostname;
  const isExplicit = ["require", "verify-ca", "verify-full", "disable"].includes(sslmode);
  if (!isLocalHost(host) && !host.startsWith("/") && !isExplicit) {
    ctx.addIssue(
      "must set sslmode=require (or stronger) for a remote host, or sslmode=disable on a private network",
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

/** Every variable that Tock reads. Secrets are optional here; requireSecrets() adds or demands them. */
export const envSchema = z.object({
  NODE_ENV: z.string().optional(),
  PORT: wholeNumber(0, 65_535, 7860),
  HOST: z.string().min(1).default("0.0.0.0"),
  DATABASE_URL: databaseUrl.optional(),
  MIGRATION_DATABASE_URL: databaseUrl.optional(),
  DATA_DIR: z.string().min(1).default(".data"),
  BACKUP_DIR: z.string().min(1).optional(),
  JWT_SECRET: secretList.optional(),
  SESSION_SECRET: secretList.optional(),
  BETTER_AUTH_SECRET: secretList.optional(),
  APP_URL: appUrl.optional(),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailFrom.optional(),
  TRUST_PROXY: wholeNumber(0, 10, 0),
  WEB_CONCURRENCY: wholeNumber(1, 64, 1),
  DB_POOL_MIN: wholeNumber(0, 1000, 10),
  DB_POOL_MAX: wholeNumber(1, 1000, 20),
  DB_POOL_OVERFLOW: wholeNumber(0, 1000, 30),
  DB_POOL_TIMEOUT_MS: wholeNumber(100, 600_000, 30_000),
  DB_PGBOUNCER: z
    .enum(["true", "false"], { error: "must be true or false" })
    .transform((value) => value === "true")
    .optional(),
  RATE_LIMIT_AUTH_PER_MINUTE: wholeNumber(1, 1_000_000, 5),
  RATE_LIMIT_ACCOUNT_PER_HOUR: wholeNumber(1, 1_000_000, 100),
  RATE_LIMIT_TASKS_PER_MINUTE: wholeNumber(1, 1_000_000, 100),
  TASKS_PER_USER_MAX: wholeNumber(1, 10_000_000, 50_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "must be a redis:// or rediss:// URL" }).optional(),
  FRAME_ANCESTORS: z
    .string()
    .trim()
    .regex(/^[^;,\r\n]+$/, "must be a Content-Security-Policy source list such as https://huggingface.co")
    .default("'none'"),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 60_000, 500),
  ACCESS_LOG: z
    .enum(["true", "false"], { error: "must be true or false" })
    .default("false")
    .transform((value) => value === "true"),
  METRICS_TOKEN: z
    .string()
    .regex(/^\S{32,}$/, "must have at least 32 characters and no spaces")
    .optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

/**
 * The variables of the command line: the database and its backups, APP_URL and PORT of the addresses that it prints, and for
 * `db:seed` NODE_ENV for its check for production, and the quota of tasks.
 */
export const cliEnvSchema = envSchema.pick({
  DATABASE_URL: true,
  MIGRATION_DATABASE_URL: true,
  DATA_DIR: true,
  BACKUP_DIR: true,
  APP_URL: true,
  PORT: true,
  TASKS_PER_USER_MAX: true,
  NODE_ENV: true,
});
