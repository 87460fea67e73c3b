import { emailExistsError } from "#app/errors.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import {
  consumeLink,
  findLink,
  findPendingEmail,
  insertLink,
  removeLinks,
} from "#app/repositories/identity/one-time-links.server.ts";
import { findUserWithCredential, updateUser } from "#app/repositories/identity/users.server.ts";
import type { User } from "#app/schemas/account.ts";
import type { Client } from "./client.server.ts";
import { recognizeDevice } from "./devices.server.ts";
import { mailOrigin, queueMail, sendsMail } from "./mail/mailer.server.ts";
import { confirmEmailMail, emailChangedMail, emailChangeRequestedMail } from "./mail/messages.server.ts";
import { parseLimitedLinkToken, unusableLinkError } from "./one-time-links.server.ts";
import { linkAddress, newLinkToken } from "./one-time-tokens.server.ts";
import { limitMails } from "./rate-limits.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";

const PURPOSE = "email_change";

/**
 * Sends a confirmation link to the new email and a notice to the old one. Replaces an earlier request.
 * @param lockAuthorization locks the password or session that authorizes the change; a concurrent password change waits, then
 * removes the link
 * @throws AppError EMAIL_EXISTS; RATE_LIMITED beyond five mails per hour of the user, or to the new address; DB_ERROR; the
 * errors of `lockAuthorization`
 */
export async function requestEmailChange(
  user: User,
  email: string,
  client: Client,
  lockAuthorization: () => Promise<void>,
): Promise<void> {
  if (await findUserWithCredential(email)) throw emailExistsError();
  await limitMails(user.id);
  await limitMails(recognizeDevice(undefined, email).accountKey);
  const { token, tokenHash } = newLinkToken();
  await withIdentityTransaction(async () => {
    await lockAuthorization();
    await removeLinks(user.id, PURPOSE);
    await insertLink(user.id, { tokenHash, purpose: PURPOSE, email });
  });
  logSecurityEvent("email_change_requested", client, { user: user.id });
  queueMail(confirmEmailMail(email, linkAddress(mailOrigin(), "/confirm-email", token)));
  queueMail(emailChangeRequestedMail(user.email, email, `${mailOrigin()}/settings`));
}

/** The new email of a user that still has to be confirmed; undefined without one. Without a mail server it costs no query. */
export const getPendingEmail = async (user: User): Promise<string | undefined> =>
  sendsMail() ? findPendingEmail(user.id) : undefined;

/**
 * Reads a link without using it up.
 * @returns the new email; undefined for a link that does not work
 * @throws AppError RATE_LIMITED
 */
export async function getEmailChange(token: string, client: Client): Promise<{ email: string } | undefined> {
  const tokenHash = await parseLimitedLinkToken(token, client);
  const link = tokenHash && (await findLink(PURPOSE, tokenHash));
  return link?.email ? { email: link.email } : undefined;
}

/**
 * Changes the email of the account that a link belongs to. The link is used up.
 * @throws AppError VALIDATION_ERROR for a link that does not work; EMAIL_EXISTS when another account has taken the
 * address; RATE_LIMITED
 */
export async function confirmEmailChange(
  token: string,
  client: Client,
): Promise<{ before: string; after: string }> {
  const tokenHash = await parseLimitedLinkToken(token, client);
  if (!tokenHash) throw unusableLinkError();
  const { user_id, before, after } = await withIdentityTransaction(async () => {
    const used = await consumeLink(PURPOSE, tokenHash);
    if (!used?.email) throw unusableLinkError();
    await updateUser(used.user_id, { email: used.email, emailVerified: true });
    await removeLinks(used.user_id);
    return { user_id: used.user_id, before: used.user_email, after: used.email };
  });
  logSecurityEvent("email_changed", client, { user: user_id });
  if (sendsMail()) queueMail(emailChangedMail(before, after));
  return { before, after };
}
