import { AppError, emailExistsError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { endOldestSessions, type LiveSession } from "#app/repositories/sessions.server.ts";
import { toUser } from "#app/repositories/users.server.ts";
import type {
  AccountDeletion,
  PasswordChange,
  ProfileChanges,
  SignIn,
  SignUp,
  User,
} from "#app/schemas/account.ts";
import { endOtherSessions, identityContext, identityTransaction, replaceHash } from "./identity.server.ts";
import { assertStrongPassword, DUMMY_HASH, needsRehash } from "./passwords.server.ts";
import { limitEmailChanges, limitPasswordAttempts } from "./rate-limits.server.ts";
import { type Client, createSession } from "./sessions.server.ts";
import { issueToken } from "./tokens.server.ts";

/** More than anybody has devices; whoever signs in beyond that ends the one that was used longest ago. */
const SESSIONS_MOST = 100;

/** Somebody who has just proved who they are, and the JWT of the new session. */
export interface SignedIn {
  user: User;
  token: string;
}

/**
 * Opens an account and a first session in it.
 * @throws AppError EMAIL_EXISTS; VALIDATION_ERROR for a password that is easily guessed; RATE_LIMITED
 */
export async function signUp({ email, name, password }: SignUp, client: Client): Promise<SignedIn> {
  assertStrongPassword(password, { email, name });
  await limitPasswordAttempts(client.address);
  const { internalAdapter, password: passwords } = await identityContext();
  if (await internalAdapter.findUserByEmail(email)) throw emailExistsError();
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
    return { user: asUser(user), token: issueToken(user, await createSession(user.id, client)) };
  });
}

/**
 * Opens a session for whoever knows the password.
 * @throws AppError INVALID_CREDENTIALS: one message and one duration, whether the address or the password is wrong;
 * RATE_LIMITED
 */
export async function signIn(input: SignIn, client: Client): Promise<SignedIn> {
  await limitPasswordAttempts(client.address);
  // Checking takes a while. When the hash is another one after it, the password is checked against that.
  const signedIn = (await trySignIn(input, client)) ?? (await trySignIn(input, client));
  if (!signedIn) throw wrongCredentials();
  return signedIn;
}

/** @returns undefined when the password's hash was replaced meanwhile */
async function trySignIn({ email, password }: SignIn, client: Client): Promise<SignedIn | undefined> {
  const { internalAdapter, password: passwords } = await identityContext();
  const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
  const hash = found?.accounts.find((account) => account.providerId === "credential")?.password;
  const right = await passwords.verify({ hash: hash ?? DUMMY_HASH, password });
  if (!found || !hash || !right) throw wrongCredentials();
  const { user } = found;
  await endOldestSessions(user.id, SESSIONS_MOST - 1);
  const sessionId = await identityTransaction(async () => {
    // A password changed in the meantime has ended every session, and this one may not begin.
    if (!(await replaceHash(user.id, hash, hash))) return undefined;
    return createSession(user.id, client);
  });
  if (!sessionId) return undefined;
  if (needsRehash(hash)) await renewHash(user.id, hash, password);
  return { user: asUser(user), token: issueToken(user, sessionId) };
}

/** Makes a hash anew at today's cost, now that its password is at hand. Failing that, the next sign-in does. */
async function renewHash(owner: string, outdated: string, password: string): Promise<void> {
  try {
    const { password: passwords } = await identityContext();
    await replaceHash(owner, outdated, await passwords.hash(password));
  } catch (err) {
    log.warn({ err, user: owner }, "a password's hash could not be made anew");
  }
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

/** Changes name, email or both. @throws AppError EMAIL_EXISTS; RATE_LIMITED for another email */
export async function changeProfile(
  session: LiveSession,
  { name, email }: ProfileChanges,
  client: Client,
): Promise<User> {
  if (email !== undefined && email !== session.user.email) await limitEmailChanges(client.address);
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
 * @param options.rotate ends this session too, and opens a new one in its place: whoever has a copy of its token is
 * left with nothing. The API does not, for its caller goes on with the token that it has.
 * @returns the user, and a token of the session that is left
 * @throws AppError INVALID_CREDENTIALS when the current password is wrong; VALIDATION_ERROR for one easily guessed;
 * RATE_LIMITED
 */
export async function changePassword(
  session: LiveSession,
  input: PasswordChange,
  client: Client,
  { rotate = false } = {},
): Promise<SignedIn> {
  const owner = session.user;
  assertStrongPassword(input.password, owner);
  const checked = await checkPassword(owner.id, "current_password", input.current_password, client);
  const { password: passwords } = await identityContext();
  const hash = await passwords.hash(input.password);
  return identityTransaction(async () => {
    if (!(await replaceHash(owner.id, checked, hash))) throw wrongPassword("current_password");
    const kept = rotate ? await createSession(owner.id, client) : session.id;
    await endOtherSessions(owner.id, kept);
    return { user: owner, token: issueToken(owner, kept) };
  });
}

/**
 * Removes the account and everything that is kept of it: its tokens are dead from here on.
 * @throws AppError INVALID_CREDENTIALS when the password is wrong; RATE_LIMITED
 */
export async function removeAccount(
  { user }: LiveSession,
  { password }: AccountDeletion,
  client: Client,
): Promise<void> {
  const checked = await checkPassword(user.id, "password", password, client);
  const { internalAdapter } = await identityContext();
  await identityTransaction(async () => {
    if (!(await replaceHash(user.id, checked, checked))) throw wrongPassword("password");
    // The tasks go with the user, by the database's own rule.
    await internalAdapter.deleteUser(user.id);
  });
}

/**
 * Has somebody who is signed in prove once more who they are.
 * @param field where the password was given, to say there that it is wrong
 * @returns the hash that it was checked against
 * @throws AppError INVALID_CREDENTIALS; RATE_LIMITED
 */
async function checkPassword(
  owner: string,
  field: PasswordField,
  password: string,
  client: Client,
): Promise<string> {
  await limitPasswordAttempts(client.address);
  const { internalAdapter, password: passwords } = await identityContext();
  const hash = (await internalAdapter.findCredentialAccount(owner))?.password ?? DUMMY_HASH;
  if (!(await passwords.verify({ hash, password }))) throw wrongPassword(field);
  return hash;
}

const wrongCredentials = () => new AppError("INVALID_CREDENTIALS", "Email or password is not right.");

const WRONG_PASSWORD = {
  password: "The password is not right.",
  current_password: "The current password is not right.",
};
type PasswordField = keyof typeof WRONG_PASSWORD;

const wrongPassword = (field: PasswordField) =>
  new AppError("INVALID_CREDENTIALS", WRONG_PASSWORD[field], {
    details: { [field]: [WRONG_PASSWORD[field]] },
  });
