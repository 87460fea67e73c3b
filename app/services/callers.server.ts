import { AppError } from "#app/errors.ts";
import {
  findTokenGrant,
  isTokenActive,
  touchAccessToken,
} from "#app/repositories/identity/access-tokens.server.ts";
import type { CallerRow } from "#app/repositories/identity/caller.server.ts";
import { findActiveSession, touchSession } from "#app/repositories/identity/sessions.server.ts";
import type { Scope } from "#app/rules/access-token-rules.ts";
import { digestOfToken } from "./access-token-format.server.ts";
import { limitTokenLookups } from "./rate-limits.server.ts";
import type { Client } from "./security-events.server.ts";
import { verifyToken } from "./tokens.server.ts";

interface SessionRequest {
  userId: string;
  sessionId: string;
  client: Client;
}

interface TokenRequest {
  userId: string;
  tokenId: string;
  /** The rights of the token. A session has all rights. */
  scope: Scope;
  /** The token's key in `knownTokens`. */
  digest: string;
  client: Client;
}

/** The sender of a request: the user, the session or personal access token that proves it, and the device. */
export type RequestCaller = SessionRequest | TokenRequest;

/**
 * Verifies a JWT without a query. The statements of the request check that its session is active.
 * @throws AppError UNAUTHORIZED for an invalid token
 */
export function verifyCaller(token: string, client: Client): SessionRequest {
  const { user_id, sid } = verifyToken(token);
  return { userId: user_id, sessionId: sid, client };
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

type KnownToken = Omit<TokenRequest, "client">;

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
 * Finds the caller of a personal access token: the first time with a query, then without one, as `verifyCaller`.
 * @param token a well-formed one
 * @throws AppError AUTH_INVALID when it does not exist or has expired; RATE_LIMITED; DB_ERROR
 */
export async function findTokenCaller(token: string, client: Client): Promise<TokenRequest> {
  const digest = digestOfToken(token);
  const key = digest.toString("base64");
  const known = knownTokens.get(key);
  if (known) return { ...known, client };
  await limitTokenLookups(client.address);
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

/** Throws the error of a caller whose session or token was found to have ended. */
function throwEnded(caller: RequestCaller): never {
  if ("sessionId" in caller) throw sessionEndedError();
  knownTokens.delete(caller.digest);
  throw tokenEndedError();
}

/**
 * Checks the session or token of a caller on whose behalf no statement runs.
 * @throws AppError AUTH_INVALID; DB_ERROR
 */
export async function assertActive(caller: RequestCaller): Promise<void> {
  const { userId } = caller;
  const isActive =
    "sessionId" in caller
      ? (await findActiveSession(userId, caller.sessionId)) !== undefined
      : await isTokenActive(userId, caller.tokenId);
  if (!isActive) throwEnded(caller);
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
