import { AppError, emailExistsError, totpRequiredError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import { replacePasswordHash } from "#app/repositories/identity/credentials.server.ts";
import { insertSession } from "#app/repositories/identity/sessions.server.ts";
import { findUserWithCredential, insertUser } from "#app/repositories/identity/users.server.ts";
import type { SignIn, SignUp } from "#app/schemas/account.ts";
import type { Client } from "./client.server.ts";
import { type GuessKeys, recognizeDevice } from "./devices.server.ts";
import { type CountedAttempt, countSignInAttempt } from "./guess-limits.server.ts";
import { openSession, openSessionWithCode, type SignedIn } from "./open-session.server.ts";
import {
  assertStrongPassword,
  DUMMY_HASH,
  type HashLane,
  hashPassword,
  needsRehash,
  verifyPassword,
  withHashing,
} from "./passwords.server.ts";
import { matchesPendingSignIn, sealPending, unsealPending } from "./pending-sign-in.server.ts";
import { withPasswordAttempt } from "./rate-limits.server.ts";
import { runDuringCheck } from "./run-during-check.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import { issueSessionToken } from "./session-tokens.server.ts";

/**
 * Creates an account and its first session.
 * @throws AppError EMAIL_EXISTS; VALIDATION_ERROR for a password that is easy to guess; RATE_LIMITED
 */
export async function signUp(input: SignUp, client: Client): Promise<SignedIn> {
  assertStrongPassword(input.password, input);
  const signedIn = await withHashing("unknown", () => createAccount(input, client));
  logSecurityEvent("sign_up", client, { user: signedIn.user.id });
  return signedIn;
}

async function createAccount({ email, name, password }: SignUp, client: Client): Promise<SignedIn> {
  const found = await withPasswordAttempt(client.ipAddress, () => findUserWithCredential(email));
  if (found) throw emailExistsError();
  // Hashing takes some 250 ms: inside the transaction it would occupy a connection.
  const password_hash = await hashPassword(password, "unknown");
  return withIdentityTransaction(async () => {
    const user = await insertUser({ email, name, password_hash });
    return { user, token: issueSessionToken(user, await insertSession(user.id, client)) };
  });
}

/** A sign-in whose account needs the code of its second factor. */
export interface PendingSignIn {
  /** For `completeSignIn`, within PENDING_SECONDS. */
  pendingToken: string;
}

/**
 * Opens a session for the owner of an email address and a password.
 * @throws AppError INVALID_CREDENTIALS, with the same message and duration for an unknown address and a wrong password, or
 * for a wrong code after the right password; TOTP_REQUIRED when the account needs a code and there is none; RATE_LIMITED for
 * the network, or for the account on devices that have never signed in to it
 */
export async function signIn(input: SignIn, client: Client): Promise<SignedIn> {
  const signedIn = await beginSignIn(input, client);
  if ("pendingToken" in signedIn) throw totpRequiredError();
  return signedIn;
}

/**
 * Opens a session as `signIn`, or asks for the code of the second factor in a second step.
 * @throws AppError as `signIn`, except TOTP_REQUIRED
 */
export async function beginSignIn(input: SignIn, client: Client): Promise<SignedIn | PendingSignIn> {
  const keys = recognizeDevice(client.deviceToken, input.email);
  const lane = keys.deviceKey === undefined ? "unknown" : "known";
  return withHashing(lane, async () => {
    const find = () => findUserWithCredential(input.email);
    const found = await withPasswordAttempt(client.ipAddress, find);
    const context = { client, lane, keys, counted: countSignInAttempt(keys) } as const;
    // One retry: the stored hash may be replaced while the password is being verified.
    return (
      (await trySignIn(input, found, context)) ??
      (await trySignIn(input, await find(), context)) ??
      throwWrongCredentials(client)
    );
  });
}

interface SignInContext {
  client: Client;
  lane: HashLane;
  keys: GuessKeys;
  /** Counted while the password is verified, which saves a round trip. */
  counted: Promise<CountedAttempt>;
}

/** @returns undefined when the stored hash was replaced after it was read */
async function trySignIn(
  { password, totp_code }: SignIn,
  found: Awaited<ReturnType<typeof findUserWithCredential>>,
  { client, lane, keys, counted }: SignInContext,
): Promise<SignedIn | PendingSignIn | undefined> {
  const hash = found?.password_hash;
  // An unknown address costs one bcrypt comparison too, so that the duration does not reveal it.
  const [attempt, isCorrect] = await runDuringCheck(counted, () =>
    verifyPassword({ hash: hash ?? DUMMY_HASH, password }, lane),
  );
  if (!found || !hash || !isCorrect) return throwWrongCredentials(client, found?.user.id);
  const { user } = found;
  const [signedIn] = await Promise.all([
    totp_code === undefined
      ? openSession(user, { passwordHash: hash }, client)
      : openSessionWithCode(user, hash, totp_code, client, keys),
    attempt.succeed(),
  ]);
  if (signedIn === undefined) return undefined;
  const currentHash = needsRehash(hash) ? await rehashPassword(user.id, hash, password) : hash;
  return signedIn ?? { pendingToken: sealPending(user, currentHash) };
}

/**
 * Opens the session of a pending sign-in with the code of the second factor.
 * @returns undefined when the pending sign-in has expired or is forged, or the password has been changed since
 * @throws AppError INVALID_CREDENTIALS for a wrong code; RATE_LIMITED
 */
export async function completeSignIn(
  pendingToken: string,
  code: string,
  client: Client,
): Promise<SignedIn | undefined> {
  const pending = unsealPending(pendingToken);
  const found = pending && (await findUserWithCredential(pending.email));
  const hash = found?.password_hash;
  if (!found || !hash || !matchesPendingSignIn(pending, found.user, hash)) return undefined;
  const keys = recognizeDevice(client.deviceToken, pending.email);
  return openSessionWithCode(found.user, hash, code, client, keys);
}

/**
 * Replaces a hash of a lower cost. On failure the next sign-in tries again.
 * @returns the hash that is stored now
 */
async function rehashPassword(userId: string, outdatedHash: string, password: string): Promise<string> {
  try {
    const newHash = await hashPassword(password);
    return (await replacePasswordHash(userId, outdatedHash, newHash)) ? newHash : outdatedHash;
  } catch (err) {
    log.warn({ err, user: userId }, "password rehash failed");
    return outdatedHash;
  }
}

const NO_MATCH = "That email and password don't match.";

/** The password is the field to correct, for an unknown address too: the error does not reveal which one is wrong. */
function throwWrongCredentials(client: Client, userId?: string): never {
  logSecurityEvent("sign_in_refused", client, { user: userId });
  throw new AppError("INVALID_CREDENTIALS", NO_MATCH, { details: { password: [NO_MATCH] } });
}
