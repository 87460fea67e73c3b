import { AppError, emailExistsError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import { replacePasswordHash } from "#app/repositories/identity/credentials.server.ts";
import { insertSession, insertSessionForCredential } from "#app/repositories/identity/sessions.server.ts";
import { findUserWithCredential, insertUser } from "#app/repositories/identity/users.server.ts";
import { SESSIONS_PER_USER_MAX } from "#app/rules/session-rules.ts";
import type { SignIn, SignUp, User } from "#app/schemas/account.ts";
import { recognizeDevice } from "./devices.server.ts";
import { type CountedAttempt, countSignInAttempt } from "./guess-limits.server.ts";
import {
  assertStrongPassword,
  DUMMY_HASH,
  type HashLane,
  hashPassword,
  needsRehash,
  verifyPassword,
  withHashing,
} from "./passwords.server.ts";
import { limitPasswordAttempts } from "./rate-limits.server.ts";
import { type Client, logSecurityEvent } from "./security-events.server.ts";
import { issueToken } from "./tokens.server.ts";

/** A user and the JWT of their new session. */
export interface SignedIn {
  user: User;
  token: string;
}

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
  await limitPasswordAttempts(client.address);
  if (await findUserWithCredential(email)) throw emailExistsError();
  // Hashing takes some 250 ms: inside the transaction it would occupy a connection.
  const password_hash = await hashPassword(password, "unknown");
  return withIdentityTransaction(async () => {
    const user = await insertUser({ email, name, password_hash });
    return { user, token: issueToken(user, await insertSession(user.id, client)) };
  });
}

/**
 * Opens a session for the owner of an email address and a password.
 * @throws AppError INVALID_CREDENTIALS, with the same message and duration for an unknown address and a wrong password;
 * RATE_LIMITED for the network, or for the account on devices that have never signed in to it
 */
export async function signIn(input: SignIn, client: Client): Promise<SignedIn> {
  const keys = recognizeDevice(client.device, input.email);
  const lane = keys.device === undefined ? "unknown" : "known";
  return withHashing(lane, async () => {
    await limitPasswordAttempts(client.address);
    const context = { client, lane, counted: countSignInAttempt(keys) } as const;
    // One retry: the stored hash may be replaced while the password is being verified.
    const signedIn = (await trySignIn(input, context)) ?? (await trySignIn(input, context));
    if (!signedIn) return refuseSignIn(client);
    logSecurityEvent("sign_in", client, { user: signedIn.user.id });
    return signedIn;
  });
}

interface SignInContext {
  client: Client;
  lane: HashLane;
  /** Counted while the account is read, which saves a round trip. */
  counted: Promise<CountedAttempt>;
}

/** @returns undefined when the stored hash was replaced after it was read */
async function trySignIn(
  { email, password }: SignIn,
  { client, lane, counted }: SignInContext,
): Promise<SignedIn | undefined> {
  const [attempt, found] = await Promise.all([counted, findUserWithCredential(email)]);
  const hash = found?.password_hash;
  // An unknown address costs one bcrypt comparison too, so that the duration does not reveal it.
  const isCorrect = await verifyPassword({ hash: hash ?? DUMMY_HASH, password }, lane);
  if (!found || !hash || !isCorrect) return refuseSignIn(client, found?.user.id);
  const { user } = found;
  const [sessionId] = await Promise.all([
    // Compares the hash again: without that, a session could start with the old password after a password change.
    insertSessionForCredential(user.id, hash, SESSIONS_PER_USER_MAX - 1, client),
    attempt.succeed(),
  ]);
  if (!sessionId) return undefined;
  if (needsRehash(hash)) await rehashPassword(user.id, hash, password);
  return { user, token: issueToken(user, sessionId) };
}

/** Replaces a hash of a lower cost. On failure the next sign-in tries again. */
async function rehashPassword(userId: string, outdatedHash: string, password: string): Promise<void> {
  try {
    await replacePasswordHash(userId, outdatedHash, await hashPassword(password));
  } catch (err) {
    log.warn({ err, user: userId }, "password rehash failed");
  }
}

const NO_MATCH = "That email and password don't match.";

/** The password is the field to correct, for an unknown address too: the error does not reveal which one is wrong. */
function refuseSignIn(client: Client, user?: string): never {
  logSecurityEvent("sign_in_refused", client, { user });
  throw new AppError("INVALID_CREDENTIALS", NO_MATCH, { details: { password: [NO_MATCH] } });
}
