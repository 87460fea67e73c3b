import { AppError } from "#app/errors.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import {
  findPasswordHash,
  lockCredential,
  replacePasswordHash,
} from "#app/repositories/identity/credentials.server.ts";
import {
  type Client,
  insertSession,
  removeOtherSessions,
} from "#app/repositories/identity/sessions.server.ts";
import { removeUser, updateUser } from "#app/repositories/identity/users.server.ts";
import type { AccountDeletion, PasswordChange, ProfileChanges, User } from "#app/schemas/account.ts";
import { assertStrongPassword, DUMMY_HASH, hashPassword, verifyPassword } from "./passwords.server.ts";
import { limitEmailChanges, limitPasswordAttempts } from "./rate-limits.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";
import type { SignedIn } from "./sign-in.server.ts";
import { issueToken } from "./tokens.server.ts";

/**
 * Changes name, email or both.
 * @throws AppError EMAIL_EXISTS; RATE_LIMITED for a new email; AUTH_INVALID when the account no longer exists
 */
export async function changeProfile(
  session: AuthenticatedSession,
  { name, email }: ProfileChanges,
  client: Client,
): Promise<User> {
  if (email !== undefined && email !== session.user.email) await limitEmailChanges(client.address);
  const user = await updateUser(session.user.id, {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
  });
  if (!user) throw new AppError("AUTH_INVALID", "This account no longer exists.");
  return user;
}

/**
 * Changes the password and ends all other sessions.
 * @param options.rotate also replaces this session, so that a stolen copy of its token stops working. The API does not
 * rotate: its callers keep the token that they have.
 * @returns the user and a token of the remaining session
 * @throws AppError INVALID_CREDENTIALS for a wrong current password; VALIDATION_ERROR for a new one that is easy to guess;
 * RATE_LIMITED
 */
export async function changePassword(
  { id, user }: AuthenticatedSession,
  input: PasswordChange,
  client: Client,
  { rotate = false } = {},
): Promise<SignedIn> {
  assertStrongPassword(input.password, user);
  const oldHash = await verifyAgain(user.id, "current_password", input.current_password, client);
  const newHash = await hashPassword(input.password);
  return withIdentityTransaction(async () => {
    if (!(await replacePasswordHash(user.id, oldHash, newHash))) throw wrongPasswordError("current_password");
    const keptId = rotate ? await insertSession(user.id, client) : id;
    await removeOtherSessions(user.id, keptId);
    return { user, token: issueToken(user, keptId) };
  });
}

/**
 * Removes the account with its sessions and tasks.
 * @throws AppError INVALID_CREDENTIALS for a wrong password; RATE_LIMITED
 */
export async function removeAccount(
  { user }: AuthenticatedSession,
  { password }: AccountDeletion,
  client: Client,
): Promise<void> {
  const hash = await verifyAgain(user.id, "password", password, client);
  await withIdentityTransaction(async () => {
    if (!(await lockCredential(user.id, hash))) throw wrongPasswordError("password");
    await removeUser(user.id);
  });
}

/**
 * Verifies the password of a signed-in user once more.
 * @param field the form field of the password, for the error
 * @returns the hash that the password was verified against
 * @throws AppError INVALID_CREDENTIALS; RATE_LIMITED
 */
async function verifyAgain(
  userId: string,
  field: PasswordField,
  password: string,
  client: Client,
): Promise<string> {
  await limitPasswordAttempts(client.address);
  const hash = (await findPasswordHash(userId)) ?? DUMMY_HASH;
  if (!(await verifyPassword({ hash, password }))) throw wrongPasswordError(field);
  return hash;
}

const WRONG_PASSWORD = {
  password: "Incorrect password.",
  current_password: "Incorrect current password.",
};
type PasswordField = keyof typeof WRONG_PASSWORD;

const wrongPasswordError = (field: PasswordField) =>
  new AppError("INVALID_CREDENTIALS", WRONG_PASSWORD[field], {
    details: { [field]: [WRONG_PASSWORD[field]] },
  });
