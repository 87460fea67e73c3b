import { query } from "#app/repositories/database-errors.server.ts";
import { currentAdapter, currentKnex, identityContext } from "./better-auth.server.ts";
import { CREDENTIAL } from "./users.server.ts";

/** @returns undefined for a user without a password, or without a row */
export async function findPasswordHash(userId: string): Promise<string | undefined> {
  const { internalAdapter } = await identityContext();
  return (await internalAdapter.findCredentialAccount(userId))?.password ?? undefined;
}

/**
 * Stores `newHash` if `expectedHash` is still the stored one (compare and swap).
 * @returns false when the password has been changed since `expectedHash` was read
 */
export async function replacePasswordHash(
  userId: string,
  expectedHash: string,
  newHash: string,
): Promise<boolean> {
  const adapter = await currentAdapter();
  const changed = await adapter.updateMany({
    model: "account",
    where: [
      { field: "userId", value: userId },
      { field: "providerId", value: CREDENTIAL },
      { field: "password", value: expectedHash },
    ],
    update: { password: newHash },
  });
  return changed > 0;
}

/** Replaces the stored hash without comparing it, in the current identity transaction. */
export async function setPasswordHash(userId: string, newHash: string): Promise<void> {
  const { internalAdapter } = await identityContext();
  await internalAdapter.updatePassword(userId, newHash);
}

/**
 * Locks a credential until the identity transaction ends, so that the password cannot change meanwhile. After waiting
 * for another transaction, PostgreSQL checks the WHERE clause again on the committed row.
 * @returns false when the password has been changed since `expectedHash` was read
 */
export async function lockCredential(userId: string, expectedHash: string): Promise<boolean> {
  const knex = await currentKnex();
  const rows = await query(() =>
    knex("account")
      .where({ user_id: userId, provider_id: CREDENTIAL, password_hash: expectedHash })
      .select("id")
      .forUpdate(),
  );
  return rows.length > 0;
}
