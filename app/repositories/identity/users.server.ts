import type { Knex } from "knex";
import type { UserModel } from "#app/models/user.server.ts";
import { query } from "#app/repositories/database-errors.server.ts";
import type { User } from "#app/schemas/account.ts";
import { currentKnex, identityContext, withIdentityTransaction } from "./better-auth.server.ts";

/** Better Auth's id of the provider "email and password". */
export const CREDENTIAL = "credential";

export type UserRow = Pick<UserModel, "id" | "email" | "name" | "created_at" | "updated_at">;

/** The public part of a user's row. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

interface BetterAuthUser {
  id: string;
  email: string;
  name: string;
  createdAt: Date;
  updatedAt: Date;
}

const fromBetterAuth = ({ createdAt, updatedAt, ...user }: BetterAuthUser): User =>
  toUser({ ...user, created_at: createdAt, updated_at: updatedAt });

/**
 * Reads a user and the hash of the password in one statement.
 * @returns undefined when no account has this address; `password_hash` is null for an account without a password
 */
export async function findUserWithCredential(
  email: string,
): Promise<{ user: User; password_hash: string | null } | undefined> {
  const { internalAdapter } = await identityContext();
  const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
  if (!found) return undefined;
  const credential = found.accounts.find(({ providerId }) => providerId === CREDENTIAL);
  return { user: fromBetterAuth(found.user), password_hash: credential?.password ?? null };
}

/** Finds the id of an account by its email, for a process without the shared connection pool. */
export async function findUserId(email: string, knex: Knex): Promise<string | undefined> {
  const row = await query(() => knex("user").where({ email }).first("id"));
  return row?.id;
}

/** Inserts a user and the credential, both or neither. @throws AppError EMAIL_EXISTS */
export async function insertUser({
  email,
  name,
  password_hash,
}: {
  email: string;
  name: string;
  password_hash: string;
}): Promise<User> {
  const { internalAdapter } = await identityContext();
  return withIdentityTransaction(async () => {
    const user = await internalAdapter.createUser(
      { email, name, emailVerified: false },
      { method: "email-password" },
    );
    await internalAdapter.linkAccount({
      userId: user.id,
      providerId: CREDENTIAL,
      accountId: user.id,
      password: password_hash,
    });
    return fromBetterAuth(user);
  });
}

/**
 * Changes the given fields; the others stay. `emailVerified` says that the user has opened a link sent to the address.
 * @returns undefined when the user no longer exists
 * @throws AppError EMAIL_EXISTS
 */
export async function updateUser(
  userId: string,
  changes: { name?: string; email?: string; emailVerified?: boolean },
): Promise<User | undefined> {
  const { internalAdapter } = await identityContext();
  const user = await internalAdapter.updateUser(userId, changes);
  return user ? fromBetterAuth(user) : undefined;
}

/** Locks a user until the identity transaction ends: no row that references the user can be added meanwhile. */
export async function lockUser(userId: string): Promise<void> {
  const knex = await currentKnex();
  await query(() => knex("user").where({ id: userId }).select("id").forUpdate());
}

/** Removes a user with the credential, the sessions and (ON DELETE CASCADE) the tasks. */
export async function removeUser(userId: string): Promise<void> {
  const { internalAdapter } = await identityContext();
  await withIdentityTransaction(() => internalAdapter.deleteUser(userId));
}
