import { AppError, validationError } from "#app/errors.ts";
import { eraseDeletedTaskBatch } from "#app/repositories/deleted-tasks.server.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import { replacePasswordHash } from "#app/repositories/identity/credentials.server.ts";
import { removeLinks } from "#app/repositories/identity/one-time-links.server.ts";
import {
  insertSession,
  lockSession,
  removeAllSessions,
  removeOtherSessions,
} from "#app/repositories/identity/sessions.server.ts";
import { removeTotp, removeTotpSetup } from "#app/repositories/identity/totp.server.ts";
import { lockUser, removeUser, updateUser } from "#app/repositories/identity/users.server.ts";
import { eraseTaskBatch } from "#app/repositories/tasks.server.ts";
import type { AccountDeletion, PasswordChange, ProfileChanges, User } from "#app/schemas/account.ts";
import { sessionEndedError } from "./callers.server.ts";
import type { Client } from "./client.server.ts";
import { requestEmailChange } from "./email-change.server.ts";
import { sendsMail } from "./mail/mailer.server.ts";
import type { SignedIn } from "./open-session.server.ts";
import { notifyPasswordChanged } from "./password-reset.server.ts";
import { assertStrongPassword, hashPassword, withHashing } from "./passwords.server.ts";
import { limitEmailChanges } from "./rate-limits.server.ts";
import { lockPassword, reauthenticate, wrongPasswordError } from "./reauthentication.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import { issueSessionToken } from "./session-tokens.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";

/** The tasks of a very large account would take longer than the time limit of one statement. */
const DELETION_BATCH_ROWS = 1_000;

/** The account after a change of the profile. */
export interface ChangedProfile {
  user: User;
  /** The new email, if its owner still has to confirm it. */
  pendingEmail?: string;
}

/**
 * Changes name, email or both. A new email needs the current password, so that a device left unattended is not enough to
 * take over the account. With a mail server, it takes effect when the link that was sent to it is opened.
 * @param options.acceptsRecentSession a session younger than RECENT_SESSION_MINUTES needs no password
 * @throws AppError EMAIL_EXISTS; VALIDATION_ERROR without the password that a new email needs; INVALID_CREDENTIALS;
 * RATE_LIMITED for a new email; AUTH_INVALID when the account no longer exists, or the session that needs no password
 * has ended
 */
export async function changeProfile(
  session: AuthenticatedSession,
  { name, email, current_password }: ProfileChanges,
  client: Client,
  { acceptsRecentSession = false } = {},
): Promise<ChangedProfile> {
  const changes = name === undefined ? {} : { name };
  if (email === undefined || email === session.user.email)
    return { user: await updateOwnUser(session, changes) };
  const isConfirmed = acceptsRecentSession && session.isRecent;
  if (!current_password && !isConfirmed) throw passwordNeededError();
  await limitEmailChanges(client.ipAddress);
  const lockAuthorization = await authorizeEmailChange(session, current_password, client);
  if (sendsMail()) {
    await requestEmailChange(session.user, email, client, lockAuthorization);
    return { user: await updateOwnUser(session, changes), pendingEmail: email };
  }
  const user = await withIdentityTransaction(async () => {
    await lockAuthorization();
    return updateOwnUser(session, { ...changes, email, emailVerified: false });
  });
  logSecurityEvent("email_changed", client, { user: user.id });
  return { user };
}

async function updateOwnUser(
  { user }: AuthenticatedSession,
  changes: Parameters<typeof updateUser>[1],
): Promise<User> {
  const changed = await updateUser(user.id, changes);
  if (!changed) throw new AppError("AUTH_INVALID", "This account no longer exists.");
  return changed;
}

/**
 * Verifies the password, if there is one. Otherwise the session authorizes the change.
 * @returns a function that locks the password or the session in the current identity transaction. It throws if the password
 * was changed or the session ended during the request, because that has to stop an intruder's change of the email.
 */
async function authorizeEmailChange(
  session: AuthenticatedSession,
  password: string | undefined,
  client: Client,
): Promise<() => Promise<void>> {
  const { id, user } = session;
  if (!password)
    return async () => {
      if (!(await lockSession(user.id, id))) throw sessionEndedError();
    };
  const hash = await withHashing("known", () =>
    reauthenticate(session, "current_password", password, client),
  );
  return () => lockPassword(user.id, hash, "current_password");
}

const passwordNeededError = () =>
  validationError({ current_password: ["Enter your current password to change your email."] });

/**
 * Changes the password and ends all other sessions.
 * @param options.rotate also replaces this session, so that a stolen copy of its token stops working. The API does not
 * rotate: its callers keep the token that they have.
 * @returns the user and a token of the remaining session
 * @throws AppError INVALID_CREDENTIALS for a wrong current password; VALIDATION_ERROR for a new one that is easy to guess;
 * RATE_LIMITED
 */
export async function changePassword(
  session: AuthenticatedSession,
  input: PasswordChange,
  client: Client,
  { rotate = false } = {},
): Promise<SignedIn> {
  const { id, user } = session;
  assertStrongPassword(input.password, user);
  const { oldHash, newHash } = await withHashing("known", async () => ({
    oldHash: await reauthenticate(session, "current_password", input.current_password, client),
    newHash: await hashPassword(input.password),
  }));
  const keptId = await withIdentityTransaction(async () => {
    if (!(await replacePasswordHash(user.id, oldHash, newHash))) throw wrongPasswordError("current_password");
    const kept = rotate ? await insertSession(user.id, client) : id;
    await removeOtherSessions(user.id, kept);
    // An intruder may have asked for a change of the email, or may know the secret of a setup that was begun.
    await removeLinks(user.id);
    await removeTotpSetup(user.id);
    return kept;
  });
  logSecurityEvent("password_changed", client, { user: user.id });
  notifyPasswordChanged(user.email);
  return { user, token: issueSessionToken(user, keptId) };
}

/**
 * Removes the account with its sessions and tasks.
 * @throws AppError INVALID_CREDENTIALS for a wrong password; RATE_LIMITED
 */
export async function removeAccount(
  session: AuthenticatedSession,
  { password }: AccountDeletion,
  client: Client,
): Promise<void> {
  const { user } = session;
  const hash = await withHashing("known", () => reauthenticate(session, "password", password, client));
  await withIdentityTransaction(async () => {
    await lockPassword(user.id, hash, "password");
    // The order of all transactions: a session, link or second factor, then the user, then the counter of tasks.
    await removeAllSessions(user.id);
    await removeLinks(user.id);
    await removeTotp(user.id);
    await lockUser(user.id);
    for (const removeBatch of [eraseTaskBatch, eraseDeletedTaskBatch])
      while ((await removeBatch(user.id, DELETION_BATCH_ROWS)) === DELETION_BATCH_ROWS);
    await removeUser(user.id);
  });
  logSecurityEvent("account_deleted", client, { user: user.id });
}
