import { getCurrentAdapter, runWithTransaction } from "@better-auth/core/context";
import { betterAuth } from "better-auth/minimal";
import type { Knex } from "knex";
import { env } from "#app/env.server.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";
import { identityStore } from "./identity-store.server.ts";

const TIMESTAMPS = { createdAt: "created_at", updatedAt: "updated_at" };

function createIdentity() {
  return betterAuth({
    database: identityStore(),
    // Required, but unused like the next one: none of Better Auth's endpoints is mounted.
    secret: env().BETTER_AUTH_SECRET[0],
    // The routes issue their own cookie and JWT.
    baseURL: env().APP_URL ?? "http://localhost",
    advanced: { database: { generateId: "uuid", joins: true } },
    session: {
      expiresIn: SESSION_SECONDS,
      fields: {
        ...TIMESTAMPS,
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
      },
    },
    user: { fields: { ...TIMESTAMPS, emailVerified: "email_verified" } },
    account: {
      fields: {
        ...TIMESTAMPS,
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
    verification: { fields: { ...TIMESTAMPS, expiresAt: "expires_at" } },
    // It trusts forwarding headers from any client. services/rate-limits counts instead.
    rateLimit: { enabled: false },
    // It logs email addresses.
    logger: { disabled: true },
    telemetry: { enabled: false },
  });
}

let identity: ReturnType<typeof createIdentity> | undefined;

/** Better Auth's context: its internal adapter creates users, accounts and sessions in the shared database. */
export async function identityContext() {
  identity ??= createIdentity();
  return identity.$context;
}

/**
 * Runs `work` in one transaction. Functions of this folder whose description says so join in; the others use a connection
 * of their own. A nested call joins the outer transaction.
 * @throws AppError DB_ERROR when the transaction cannot begin or commit
 */
export async function withIdentityTransaction<T>(work: () => Promise<T>): Promise<T> {
  const { adapter } = await identityContext();
  return runWithTransaction(adapter, work);
}

/** Better Auth's adapter, bound to the current transaction if there is one. */
export async function currentAdapter() {
  const { adapter } = await identityContext();
  return getCurrentAdapter(adapter);
}

/** The Knex of the current identity transaction, or the shared one. */
export async function currentKnex(): Promise<Knex> {
  return (await currentAdapter()).options?.knex;
}
