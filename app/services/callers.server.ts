import { AppError } from "#app/errors.ts";
import {
  findTokenGrant,
  isTokenActive,
  touchAccessToken,
} from "#app/repositories/identity/access-tokens.server.ts";
import type { CallerRow } from "#app/repositories/identity/caller.server.ts";
import {
  type ActiveSession,
  findActiveSession,
  touchSession,
} from "#app/repositories/identity/sessions.server.ts";
import type { Scope } from "#app/rules/access-token-rules.ts";
import { accessTokenDigest } from "./access-token-format.server.ts";
import type { Client } from "./client.server.ts";
import { limitTokenLookups } from "./rate-limits.server.ts";
import { type Claims, verifySessionToken } from "./session-tokens.server.ts";

interface SessionRequestCaller {
  userId: string;
  sessionId: string;
  client: Client;
}

interface TokenRequestCaller {
  userId: string;
  tokenId: string;
  /** The rights of the token. A session has all rights. */
  scope: Scope;
  /** The token's key in `knownTokens`. */
  digest: string;
  client: Client;
}

/** The sender of a request: the user, the session or personal access token that proves it, and the client. */
export type RequestCaller = SessionRequestCaller | TokenRequestCaller;

/**
 * Verifies a JWT without a query. The statements of the request check that its session is active.
 * @throws AppError UNAUTHORIZED for an invalid token; AUTH_INVALID for a session that is known to have ended
 */
export function verifySessionCaller(token: string, client: Client): SessionRequestCaller {
  const claims = verifySessionToken(token);
  assertNotEnded(claims);
  return { userId: claims.user_id, sessionId: claims.sid, client };
}

/** The caller of a page request, whose session has been found already. */
export const toCaller = (
  { id, user }: { id: string; user: { id: string } },
  client: Client,
): RequestCaller => ({
  userId: user.id,
  sessionId: id,
  client,
});

type KnownToken = Omit<TokenRequestCaller, "client">;

/**
 * The tokens that were found recently, by digest, oldest first: the rate limit of a user is counted before any statement
 * of a request. A token never changes. The statements of each request check that it still exists and has not expired.
 * One that has ended is removed: requests of a thief must not use up the owner's limit.
 */
const knownTokens = new Map<string, KnownToken>();
const MAX_KNOWN_TOKENS = 10_000;

function rememberToken(token: KnownToken): void {
  const [oldest] = knownTokens.keys();
  if (oldest !== undefined && knownTokens.size >= MAX_KNOWN_TOKENS) knownTokens.delete(oldest);
  knownTokens.set(token.digest, token);
}

/**
 * Finds the caller of a personal access token: the first time with a query, then without one, as `verifySessionCaller`.
 * @param token a well-formed one
 * @throws AppError AUTH_INVALID when it does not exist or has expired; RATE_LIMITED; DB_ERROR
 */
export async function findAccessTokenCaller(token: string, client: Client): Promise<TokenRequestCaller> {
  const digest = accessTokenDigest(token);
  const key = digest.toString("base64");
  const known = knownTokens.get(key);
  if (known) return { ...known, client };
  await limitTokenLookups(client.ipAddress);
  const found = await findTokenGrant(digest);
  if (!found) throw tokenEndedError();
  const grant = { ...found, digest: key };
  rememberToken(grant);
  return { ...grant, client };
}

/** The error for a session that was revoked or has expired. */
export const sessionEndedError = () => new AppError("AUTH_INVALID", "This session has ended. Sign in again.");

const tokenEndedError = () =>
  new AppError(
    "AUTH_INVALID",
    "This access token was revoked or has expired. Create a new one in your settings.",
  );

/** A session as a JWT names it. */
type NamedSession = Pick<Claims, "user_id" | "sid">;

/**
 * The sessions that were found to have ended, oldest first: a thief's requests with a token of one must not use up the
 * owner's limits until the token expires. A session that has ended never becomes active again. With the user, because a
 * look-up finds no session of another user.
 */
const endedSessions = new Set<string>();
const MAX_ENDED_SESSIONS = 10_000;
const endedKey = ({ user_id, sid }: NamedSession): string => `${user_id} ${sid}`;

function rememberEnded(session: NamedSession): void {
  const key = endedKey(session);
  const [oldest] = endedSessions;
  if (oldest !== undefined && endedSessions.size >= MAX_ENDED_SESSIONS && !endedSessions.has(key))
    endedSessions.delete(oldest);
  endedSessions.add(key);
}

/** Whether this process has found that a session has ended. */
export const hasEnded = (session: NamedSession): boolean => endedSessions.has(endedKey(session));

/** Rejects a session that is known to have ended, without a query. @throws AppError AUTH_INVALID */
export function assertNotEnded(session: NamedSession): void {
  if (hasEnded(session)) throw sessionEndedError();
}

/**
 * Finds the session of a verified JWT.
 * @throws AppError AUTH_INVALID when it has ended; DB_ERROR
 */
export async function requireActiveSession(named: NamedSession): Promise<ActiveSession> {
  assertNotEnded(named);
  const session = await findActiveSession(named.user_id, named.sid);
  if (session) return session;
  rememberEnded(named);
  throw sessionEndedError();
}

/** Throws the error of a caller whose session or token was found to have ended. */
function throwEnded(caller: RequestCaller): never {
  if ("sessionId" in caller) {
    rememberEnded({ user_id: caller.userId, sid: caller.sessionId });
    throw sessionEndedError();
  }
  knownTokens.delete(caller.digest);
  throw tokenEndedError();
}

/**
 * Checks the session or token of a caller on whose behalf no statement runs.
 * @throws AppError AUTH_INVALID; DB_ERROR
 */
export async function assertActive(caller: RequestCaller): Promise<void> {
  const { userId } = caller;
  if ("sessionId" in caller) await requireActiveSession({ user_id: userId, sid: caller.sessionId });
  else if (!(await isTokenActive(userId, caller.tokenId))) throwEnded(caller);
}

/**
 * Checks what the token of a caller permits.
 * @throws AppError FORBIDDEN; AUTH_INVALID when it has ended, which is reported first
 */
export async function assertScope(caller: RequestCaller, needed: Scope): Promise<void> {
  if ("sessionId" in caller || needed === "tasks:read" || caller.scope === "tasks:write") return;
  await assertActive(caller);
  throw new AppError(
    "FORBIDDEN",
    "This access token can only read tasks. Use one with the scope tasks:write.",
  );
}

/**
 * Takes the result of a statement on behalf of the caller, and records the use of the session or token.
 * @throws AppError AUTH_INVALID when it has ended; DB_ERROR
 */
export async function requireActive<Columns>(
  caller: RequestCaller,
  result: Promise<CallerRow<Columns> | undefined>,
): Promise<Columns> {
  const row = await result;
  if (!row) throwEnded(caller);
  if (row.needs_touch) touchInBackground(caller);
  return row;
}

const touching = new Set<string>();

/** Updates the last use of a session or token without delaying the request. After a failure the next request tries again. */
export function touchInBackground(caller: RequestCaller): void {
  const { userId, client } = caller;
  const [id, touch] =
    "sessionId" in caller
      ? [caller.sessionId, () => touchSession(userId, caller.sessionId, client)]
      : [caller.tokenId, () => touchAccessToken(userId, caller.tokenId)];
  // Concurrent requests with one credential write once.
  if (touching.has(id)) return;
  touching.add(id);
  touch()
    .catch(() => undefined)
    .finally(() => touching.delete(id));
}
