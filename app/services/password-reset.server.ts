import { AppError } from "#app/errors.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import { setPasswordHash } from "#app/repositories/identity/credentials.server.ts";
import {
  consumeLink,
  findLink,
  insertLink,
  removeLinks,
} from "#app/repositories/identity/one-time-links.server.ts";
import { removeAllSessions } from "#app/repositories/identity/sessions.server.ts";
import { removeTotpSetup } from "#app/repositories/identity/totp.server.ts";
import { findUserWithCredential, updateUser } from "#app/repositories/identity/users.server.ts";
import type { PasswordReset, PasswordResetRequest } from "#app/schemas/password-reset.ts";
import { runInBackground } from "./background.server.ts";
import type { Client } from "./client.server.ts";
import { recognizeDevice } from "./devices.server.ts";
import { mailOrigin, queueMail, sendMail, sendsMail } from "./mail/mailer.server.ts";
import { passwordChangedMail, passwordResetMail } from "./mail/messages.server.ts";
import { parseLimitedLinkToken, unusableLinkError } from "./one-time-links.server.ts";
import { linkAddress, newLinkToken } from "./one-time-tokens.server.ts";
import { assertStrongPassword, hashPassword, withHashing } from "./passwords.server.ts";
import { limitMails, limitPasswordAttempts, limitResetRequests } from "./rate-limits.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";

const PURPOSE = "password_reset";

/**
 * Has a link for a new password sent, if the address has an account. The account is looked up afterwards, in the
 * background: the answer and its duration are the same for every address.
 * @throws AppError BAD_REQUEST without SMTP_URL; RATE_LIMITED for the network; DB_ERROR
 */
export async function requestPasswordReset({ email }: PasswordResetRequest, client: Client): Promise<void> {
  if (!sendsMail())
    throw new AppError(
      "BAD_REQUEST",
      "This Tock sends no email. Ask the person who runs it for a link to choose a new password.",
    );
  await limitResetRequests(client.ipAddress);
  runInBackground("password reset", (signal) => sendResetLink(email, client, signal));
}

async function sendResetLink(email: string, client: Client, signal: AbortSignal): Promise<void> {
  // Counted for every address: an error would reveal whether it has an account, so the mail is left out silently.
  const isAllowed = await limitMails(recognizeDevice(undefined, email).accountKey).then(
    () => true,
    (error) => {
      if (error instanceof AppError && error.code === "RATE_LIMITED") return false;
      throw error;
    },
  );
  if (!isAllowed) return;
  const user = (await findUserWithCredential(email))?.user;
  logSecurityEvent("password_reset_requested", client, { user: user?.id });
  if (!user) return;
  const { token, tokenHash } = newLinkToken();
  await insertLink(user.id, { tokenHash, purpose: PURPOSE, email });
  await sendMail(passwordResetMail(email, linkAddress(mailOrigin(), "/reset-password", token)), signal);
}

/**
 * Reads a link without using it up.
 * @returns the email of its account; undefined for a link that does not work
 * @throws AppError RATE_LIMITED
 */
export async function getPasswordReset(
  token: string,
  client: Client,
): Promise<{ email: string } | undefined> {
  const tokenHash = await parseLimitedLinkToken(token, client);
  const link = tokenHash && (await findLink(PURPOSE, tokenHash));
  return link && { email: link.user_email };
}

/**
 * Sets a new password by a link, which is used up, and ends all sessions. A second factor stays on.
 * @returns the id of the user
 * @throws AppError VALIDATION_ERROR for a link that does not work, or a password that is easy to guess; RATE_LIMITED
 */
export async function resetPassword({ token, password }: PasswordReset, client: Client): Promise<string> {
  const tokenHash = await parseLimitedLinkToken(token, client);
  const link = tokenHash && (await findLink(PURPOSE, tokenHash));
  if (!link) throw unusableLinkError();
  assertStrongPassword(password, { email: link.user_email, name: link.name });
  const newHash = await withHashing("unknown", async () => {
    await limitPasswordAttempts(client.ipAddress);
    return hashPassword(password, "unknown");
  });
  const { user_id, user_email } = await replaceCredential(tokenHash, newHash);
  logSecurityEvent("password_reset", client, { user: user_id });
  notifyPasswordChanged(user_email);
  return user_id;
}

function replaceCredential(tokenHash: Buffer, newHash: string) {
  return withIdentityTransaction(async () => {
    const used = await consumeLink(PURPOSE, tokenHash);
    if (!used) throw unusableLinkError();
    const { user_id, email } = used;
    // First: it waits for a sign-in with the old password, whose session the next statement then ends.
    await setPasswordHash(user_id, newHash);
    await removeAllSessions(user_id);
    await removeLinks(user_id);
    await removeTotpSetup(user_id);
    // A link that was mailed is proof of the mailbox, one of the command line is not.
    if (email !== null) await updateUser(user_id, { emailVerified: true });
    return used;
  });
}

/** Sends a user the notice of a new password, if there is a mail server (ASVS 6.3.7). */
export function notifyPasswordChanged(email: string): void {
  if (sendsMail()) queueMail(passwordChangedMail(email, `${mailOrigin()}/forgot-password`));
}
