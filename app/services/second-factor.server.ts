import { env } from "#app/env.server.ts";
import { AppError, totpRequiredError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import { consumeCode, findTotp, type VerifiedCode } from "#app/repositories/identity/totp.server.ts";
import type { Client } from "./client.server.ts";
import { countCode } from "./guess-limits.server.ts";
import { createSealer, type Sealer } from "./sealing.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";
import { findStep, parseCode } from "./totp-codes.server.ts";

let sealer: Sealer | undefined;
/** Seals secrets for their row: copied to the row of another user, they cannot be read. */
export function secretSealer(): Sealer {
  sealer ??= createSealer("tock totp secrets", env().BETTER_AUTH_SECRET);
  return sealer;
}

/** @returns undefined when the value of BETTER_AUTH_SECRET that sealed the secret is gone, which is logged */
function unsealSecret(userId: string, sealed: Buffer): string | undefined {
  const secret = secretSealer().unseal(sealed, userId);
  if (secret === undefined)
    log.error({ user: userId }, "the secret of a second factor was sealed with another BETTER_AUTH_SECRET");
  return secret;
}

/**
 * Checks a code against the second factor of a user. The caller still has to use it up, in one statement with what it
 * permits.
 * @returns undefined for a wrong code
 */
export async function verifyCode(userId: string, typed: string): Promise<VerifiedCode | undefined> {
  const code = parseCode(userId, typed);
  if (code.kind === "invalid") return undefined;
  const totp = await findTotp(userId);
  if (!totp?.confirmed) return undefined;
  if (code.kind === "recovery") return { step: null, recoveryHash: code.hash };
  const secret = unsealSecret(userId, totp.secret);
  if (secret === undefined) throw unreadableSecretError();
  const step = findStep(secret, code.digits);
  return step === undefined ? undefined : { step, recoveryHash: null };
}

const UNREADABLE_SECRET =
  "This Tock can't check codes of your app anymore. Use a recovery code, then set up two-step sign-in again.";
const unreadableSecretError = () =>
  new AppError("INVALID_CREDENTIALS", UNREADABLE_SECRET, { details: { totp_code: [UNREADABLE_SECRET] } });

const WRONG_CODE = "That code isn't right, or was used already.";

/**
 * Logs a wrong code.
 * @throws AppError INVALID_CREDENTIALS, for the field of the code
 */
export function throwWrongCode(client: Client, userId: string): never {
  logSecurityEvent("totp_refused", client, { user: userId });
  throw new AppError("INVALID_CREDENTIALS", WRONG_CODE, { details: { totp_code: [WRONG_CODE] } });
}

/** Logs the use of a recovery code, of which its owner should know. */
export function logRecoveryCodeUse({ recoveryHash }: VerifiedCode, client: Client, user: string): void {
  if (recoveryHash) logSecurityEvent("recovery_code_used", client, { user });
}

/** The work of a transaction that uses up a code. */
interface CodeProtectedWork<T> {
  /** Locks the password. It runs before the code is used up, because a sign-in locks them in this order. */
  lock: () => Promise<void>;
  work: () => Promise<T>;
}

/**
 * Runs `work` in one transaction with the use of a code.
 * @throws AppError INVALID_CREDENTIALS; RATE_LIMITED; the errors of `lock`
 */
export async function withCode<T>(
  { id: sessionId, user }: AuthenticatedSession,
  typed: string,
  client: Client,
  { lock, work }: CodeProtectedWork<T>,
): Promise<T> {
  const attempt = await countCode(sessionId);
  const verified = await verifyCode(user.id, typed);
  const result = await withIdentityTransaction(async () => {
    await lock();
    if (!verified || !(await consumeCode(user.id, verified))) throwWrongCode(client, user.id);
    return work();
  });
  await attempt.succeed();
  if (verified) logRecoveryCodeUse(verified, client, user.id);
  return result;
}

/**
 * As `withCode` for an account with a second factor. For others, it runs `lock` and `work` in a transaction.
 * @throws AppError TOTP_REQUIRED without a code that is needed; INVALID_CREDENTIALS; RATE_LIMITED; the errors of `lock`
 */
export async function withSecondFactor<T>(
  session: AuthenticatedSession,
  typed: string | undefined,
  client: Client,
  { lock, work }: CodeProtectedWork<T>,
): Promise<T> {
  if (!(await findTotp(session.user.id))?.confirmed)
    return withIdentityTransaction(async () => {
      await lock();
      return work();
    });
  if (typed === undefined) throw totpRequiredError();
  return withCode(session, typed, client, { lock, work });
}
