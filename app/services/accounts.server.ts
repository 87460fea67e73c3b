import { AppError } from "#app/errors.ts";
import {
  extendSession,
  findLiveSession,
  type LiveSession,
  removeSession,
} from "#app/repositories/sessions.server.ts";
import { toUser } from "#app/repositories/users.server.ts";
import type { PasswordChange, ProfileChanges, SignIn, SignUp, User } from "#app/schemas/account.ts";
import {
  endOtherSessions,
  identityContext,
  identityTransaction,
  removeEndedSessions,
  replaceHash,
} from "./identity.server.ts";
import { limitPasswords } from "./limits.server.ts";
import { NOBODYS_HASH, refusePoorPassword } from "./passwords.server.ts";
import { issueToken, readToken, SESSION_SECONDS } from "./tokens.server.ts";

export type { LiveSession };

/** Where a session is used from, as its owner will see it listed. */
export interface Client {
  address: string;
  userAgent: string;
}

/** Somebody who has just proved who they are, and the JWT of the new session. */
export interface SignedIn {
  user: User;
  token: string;
}

const RENEW_AFTER_SECONDS = 24 * 60 * 60;

/**
 * Opens an account and a first session in it.
 * @throws AppError EMAIL_EXISTS; VALIDATION_ERROR for a password that is easily guessed; RATE_LIMITED
 */
export async function signUp({ email, name, password }: SignUp, client: Client): Promise<SignedIn> {
  refusePoorPassword(password, email);
  await limitPasswords(client.address);
  const { internalAdapter, password: passwords } = await identityContext();
  if (await internalAdapter.findUserByEmail(email)) throw emailExists();
  // Before the transaction, not in it: hashing takes long and would keep a connection busy doing nothing.
  const hash = await passwords.hash(password);
  return identityTransaction(async () => {
    const user = await internalAdapter.createUser(
      { email, name, emailVerified: false },
      { method: "email-password" },
    );
    await internalAdapter.linkAccount({
      userId: user.id,
      providerId: "credential",
      accountId: user.id,
      password: hash,
    });
    return openSession(user, client);
  });
}

/**
 * Opens a session for whoever knows the password.
 * @throws AppError INVALID_CREDENTIALS: one message and one duration, whether the address or the password is wrong;
 * RATE_LIMITED
 */
export async function signIn({ email, password }: SignIn, client: Client): Promise<SignedIn> {
  await limitPasswords(client.address);
  const { internalAdapter, password: passwords } = await identityContext();
  const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
  const hash = found?.accounts.find((account) => account.providerId === "credential")?.password;
  const right = await passwords.verify({ hash: hash ?? NOBODYS_HASH, password });
  if (!found || !hash || !right) throw wrongCredentials();
  return identityTransaction(async () => {
    // Checking took a while: a password changed in the meantime has ended every session, and this one may not begin.
    if (!(await replaceHash(found.user.id, hash, hash))) throw wrongCredentials();
    await removeEndedSessions(found.user.id);
    return openSession(found.user, client);
  });
}

interface IdentityUser {
  id: string;
  email: string;
  name: string;
  createdAt: Date;
  updatedAt: Date;
}

const asUser = ({ createdAt, updatedAt, ...user }: IdentityUser): User =>
  toUser({ ...user, created_at: createdAt, updated_at: updatedAt });

async function openSession(user: IdentityUser, client: Client): Promise<SignedIn> {
  const { internalAdapter } = await identityContext();
  const session = await internalAdapter.createSession(user.id, false, {
    ipAddress: client.address,
    userAgent: client.userAgent,
  });
  return { user: asUser(user), token: issueToken(user, session.id) };
}

/**
 * Who sends this token.
 * @throws AppError UNAUTHORIZED when the token is no good; AUTH_INVALID when it is, but its session has ended
 */
export async function authenticate(token: string): Promise<LiveSession> {
  const claims = readToken(token);
  const session = await findLiveSession(claims.user_id, claims.sid);
  if (!session) throw new AppError("AUTH_INVALID", "This session has ended. Sign in again.");
  return session;
}

/**
 * Keeps somebody who uses Tock signed in.
 * @returns a new token and seven more days for a session whose token is older than a day, else undefined
 */
export async function renew(session: LiveSession, token: string): Promise<string | undefined> {
  const now = Date.now();
  if (now / 1000 - readToken(token).iat < RENEW_AFTER_SECONDS) return undefined;
  const expiresAt = new Date(now + SESSION_SECONDS * 1000);
  const lives = await extendSession(session.user.id, session.id, expiresAt);
  return lives ? issueToken(session.user, session.id) : undefined;
}

/** Ends the session on the server: its JWT is dead from here on. @throws AppError AUTH_INVALID when it had ended already */
export async function signOut(session: LiveSession): Promise<void> {
  if (!(await removeSession(session.user.id, session.id))) {
    throw new AppError("AUTH_INVALID", "This session had ended already.");
  }
}

/** Changes name, email or both. @throws AppError EMAIL_EXISTS */
export async function changeProfile(session: LiveSession, { name, email }: ProfileChanges): Promise<User> {
  const { internalAdapter } = await identityContext();
  const user = await internalAdapter.updateUser(session.user.id, {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
  });
  if (!user) throw new AppError("AUTH_INVALID", "This account no longer exists.");
  return asUser(user);
}

/**
 * Changes the password, and ends every other session.
 * @throws AppError INVALID_CREDENTIALS when the current password is wrong; VALIDATION_ERROR for one easily guessed;
 * RATE_LIMITED
 */
export async function changePassword(
  session: LiveSession,
  input: PasswordChange,
  client: Client,
): Promise<User> {
  const owner = session.user;
  refusePoorPassword(input.password, owner.email);
  await limitPasswords(client.address);
  const { internalAdapter, password: passwords } = await identityContext();
  const checked = (await internalAdapter.findCredentialAccount(owner.id))?.password ?? NOBODYS_HASH;
  if (!(await passwords.verify({ hash: checked, password: input.current_password })))
    throw wrongCurrentPassword();
  const hash = await passwords.hash(input.password);
  await identityTransaction(async () => {
    if (!(await replaceHash(owner.id, checked, hash))) throw wrongCurrentPassword();
    await endOtherSessions(owner.id, session.id);
  });
  return owner;
}

const wrongCredentials = () => new AppError("INVALID_CREDENTIALS", "Email or password is not right.");

const wrongCurrentPassword = () =>
  new AppError("INVALID_CREDENTIALS", "The current password is not right.", {
    details: { current_password: ["The current password is not right."] },
  });

const emailExists = () =>
  new AppError("EMAIL_EXISTS", "This email address already has an account.", {
    details: { email: ["This email address already has an account. Sign in, or use another address."] },
  });
