import {
  type Credentials,
  insertSessionForCredential,
} from "#app/repositories/identity/session-for-credential.server.ts";
import { SESSIONS_PER_USER_MAX } from "#app/rules/session-rules.ts";
import type { User } from "#app/schemas/account.ts";
import type { Client } from "./client.server.ts";
import type { GuessKeys } from "./devices.server.ts";
import { countSignInCode } from "./guess-limits.server.ts";
import { logRecoveryCodeUse, throwWrongCode, verifyCode } from "./second-factor.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import { issueSessionToken } from "./session-tokens.server.ts";

/** A user and the JWT of their new session. */
export interface SignedIn {
  user: User;
  token: string;
}

/**
 * Opens a session for a verified password.
 * @returns null when the account needs a code; undefined when the stored hash was replaced after it was read
 */
export async function openSession(
  user: User,
  credentials: Credentials,
  client: Client,
): Promise<SignedIn | null | undefined> {
  // Compares the hash again: without that, a session could start with the old password after a password change.
  const id = await insertSessionForCredential(user.id, credentials, SESSIONS_PER_USER_MAX - 1, client);
  if (!id) return id as null | undefined;
  logSecurityEvent("sign_in", client, { user: user.id });
  return { user, token: issueSessionToken(user, id) };
}

/**
 * Opens a session for a verified password and a code. An account without a second factor accepts every code.
 * @returns undefined when the stored hash was replaced after it was read
 * @throws AppError INVALID_CREDENTIALS for a wrong code; RATE_LIMITED
 */
export async function openSessionWithCode(
  user: User,
  passwordHash: string,
  code: string,
  client: Client,
  keys: GuessKeys,
): Promise<SignedIn | undefined> {
  const attempt = await countSignInCode(user.id, keys);
  const verified = await verifyCode(user.id, code);
  const signedIn = await openSession(user, { passwordHash, code: verified }, client);
  if (signedIn === null) throwWrongCode(client, user.id);
  await attempt.succeed();
  if (signedIn && verified) logRecoveryCodeUse(verified, client, user.id);
  return signedIn;
}
