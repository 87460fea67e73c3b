import { AppError } from "#app/errors.ts";
import { findPasswordHash, lockCredential } from "#app/repositories/identity/credentials.server.ts";
import type { Client } from "./client.server.ts";
import { countReentry } from "./guess-limits.server.ts";
import { DUMMY_HASH, verifyPassword } from "./passwords.server.ts";
import { limitPasswordAttempts } from "./rate-limits.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";

const WRONG_PASSWORD = {
  password: "That password isn't right.",
  current_password: "That isn't your current password.",
};
type PasswordField = keyof typeof WRONG_PASSWORD;

/**
 * Verifies the password of a signed-in user once more.
 * @param field the form field of the password, for the error
 * @returns the hash that the password was verified against
 * @throws AppError INVALID_CREDENTIALS; RATE_LIMITED
 */
export async function reauthenticate(
  { id: sessionId, user }: AuthenticatedSession,
  field: PasswordField,
  password: string,
  client: Client,
): Promise<string> {
  await limitPasswordAttempts(client.ipAddress);
  const [attempt, stored] = await Promise.all([countReentry(sessionId), findPasswordHash(user.id)]);
  const hash = stored ?? DUMMY_HASH;
  if (await verifyPassword({ hash, password })) {
    await attempt.succeed();
    return hash;
  }
  logSecurityEvent("password_refused", client, { user: user.id });
  throw wrongPasswordError(field);
}

/**
 * Locks a verified password until the identity transaction ends, so that it cannot change meanwhile.
 * @param hash that the password was verified against
 * @throws AppError INVALID_CREDENTIALS when the password has been changed since
 */
export async function lockPassword(userId: string, hash: string, field: PasswordField): Promise<void> {
  if (!(await lockCredential(userId, hash))) throw wrongPasswordError(field);
}

/** The error for a wrong password of a signed-in user. @param field the form field of the password */
export const wrongPasswordError = (field: PasswordField) =>
  new AppError("INVALID_CREDENTIALS", WRONG_PASSWORD[field], {
    details: { [field]: [WRONG_PASSWORD[field]] },
  });
