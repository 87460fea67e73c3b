import { getCurrentAdapter, runWithTransaction } from "@better-auth/core/context";
import { betterAuth } from "better-auth/minimal";
import { env } from "#app/env.server.ts";
import { identityStore } from "#app/repositories/identity/identity-store.server.ts";
import { PASSWORD_MAX, PASSWORD_MIN } from "#app/rules/limits.ts";
import { hashPassword, verifyPassword } from "./passwords.server.ts";
import { SESSION_SECONDS } from "./tokens.server.ts";

const TIMES = { createdAt: "created_at", updatedAt: "updated_at" };

function createIdentity() {
  return betterAuth({
    database: identityStore(),
    secret: env().BETTER_AUTH_SECRET,
    // None of its own endpoints is reachable: the contract's routes call its parts, and carry our own cookie and JWT.
    baseURL: env().APP_URL ?? "http://localhost",
    advanced: { database: { generateId: "uuid", joins: true } },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: {
      expiresIn: SESSION_SECONDS,
      fields: {
        ...TIMES,
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
      },
    },
    user: { fields: { ...TIMES, emailVerified: "email_verified" } },
    account: {
      fields: {
        ...TIMES,
        userId: "user_id",
        accountId: "account_id",
        providerId: "provider_id",
        password: "password_hash",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
      },
    },
    verification: { fields: { ...TIMES, expiresAt: "expires_at" } },
    // It would believe forwarding headers from anybody; ours knows which proxies to trust.
    rateLimit: { enabled: false },
    // It writes addresses into its lines.
    logger: { disabled: true },
    telemetry: { enabled: false },
  });
}

let identity: ReturnType<typeof createIdentity> | undefined;

/** Better Auth's parts: accounts, passwords and sessions over the shared database. */
export async function identityContext() {
  identity ??= createIdentity();
  return identity.$context;
}

/** Runs `work` with everything Better Auth stores in it in one transaction. */
export async function identityTransaction<T>(work: () => Promise<T>): Promise<T> {
  const { adapter } = await identityContext();
  return runWithTransaction(adapter, work);
}

/** Ends all sessions of a user but one, within the transaction under way if there is one. */
export async function endOtherSessions(owner: string, keptId: string): Promise<void> {
  const { adapter } = await identityContext();
  const store = await getCurrentAdapter(adapter);
  await store.deleteMany({
    model: "session",
    where: [
      { field: "userId", value: owner },
      { field: "id", operator: "ne", value: keptId },
    ],
  });
}

/**
 * Stores a password's new hash if `checked` is still the stored one, and keeps others from changing it until the
 * transaction under way ends. With `checked` itself as the new hash it does only that.
 * @returns false when the password was changed since `checked` was read
 */
export async function replaceHash(owner: string, checked: string, hash: string): Promise<boolean> {
  const { adapter } = await identityContext();
  const store = await getCurrentAdapter(adapter);
  const changed = await store.updateMany({
    model: "account",
    where: [
      { field: "userId", value: owner },
      { field: "providerId", value: "credential" },
      { field: "password", value: checked },
    ],
    update: { password: hash },
  });
  return changed > 0;
}
