import { AppError, notFoundError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import {
  extendSession,
  findSessions,
  removeOtherSessions as removeOtherRows,
  removeSession as removeRow,
  type SessionRow,
} from "#app/repositories/identity/sessions.server.ts";
import { SESSION_SECONDS, TOKEN_RENEWAL_AGE_SECONDS } from "#app/rules/session-rules.ts";
import type { User } from "#app/schemas/account.ts";
import type { SessionInfo } from "#app/schemas/session.ts";
import { requireActiveSession, touchInBackground } from "./callers.server.ts";
import type { Client } from "./client.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import { type Claims, issueSessionToken, verifiedClaims } from "./session-tokens.server.ts";
import { describeUserAgent } from "./user-agent.server.ts";

/** The session of a request, with what `renewToken` needs of the token. */
export interface AuthenticatedSession {
  id: string;
  user: User;
  /** Whether the user signed in less than RECENT_SESSION_MINUTES ago. */
  isRecent: boolean;
  /** The token's `iat`: seconds since 1970. */
  tokenIssuedAt: number;
}

/** Finds the session of a verified token. @throws AppError AUTH_INVALID when it has ended */
export async function authenticate(claims: Claims, client: Client): Promise<AuthenticatedSession> {
  const session = await requireActiveSession(claims);
  if (session.needsTouch) touchInBackground({ userId: claims.user_id, sessionId: claims.sid, client });
  const { id, user, isRecent } = session;
  return { id, user, isRecent, tokenIssuedAt: claims.iat };
}

/**
 * Renews a token that is older than a day, so that active users stay signed in.
 * @returns a new token for a session extended by seven days; undefined when renewal is not due or the session has ended
 */
export async function renewToken({
  id,
  user,
  tokenIssuedAt,
}: AuthenticatedSession): Promise<string | undefined> {
  const now = Date.now();
  if (now / 1000 - tokenIssuedAt < TOKEN_RENEWAL_AGE_SECONDS) return undefined;
  const isExtended = await extendSession(user.id, id, new Date(now + SESSION_SECONDS * 1000));
  return isExtended ? issueSessionToken(user, id) : undefined;
}

/** Ends the session: its token is rejected from now on. @throws AppError AUTH_INVALID when it has already ended */
export async function signOut({ id, user }: AuthenticatedSession, client: Client): Promise<void> {
  if (!(await removeRow(user.id, id))) throw new AppError("AUTH_INVALID", "This session has already ended.");
  logSecurityEvent("session_ended", client, { user: user.id, session: id });
}

/**
 * Ends the session of a token that a new sign-in replaces. Ignores invalid tokens and sessions that have ended. A failure
 * is logged: the sign-in has been committed, so it must not be reported as failed.
 */
export async function endReplacedSession(token: string, client: Client): Promise<void> {
  const claims = verifiedClaims(token);
  if (!claims) return;
  const { user_id: user, sid: session } = claims;
  try {
    if (await removeRow(user, session)) logSecurityEvent("session_ended", client, { user, session });
  } catch (err) {
    log.warn({ err, user, session }, "the replaced session was not ended");
  }
}

/** The public part of a session's row. */
export function toSessionInfo(row: SessionRow): Omit<SessionInfo, "current"> {
  return {
    id: row.id,
    device: describeUserAgent(row.user_agent ?? ""),
    // Dual-stack sockets report an IPv4 address as "::ffff:192.0.2.1".
    address: row.ip_address?.replace(/^::ffff:(?=[\d.]+$)/i, "") || null,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}

/** The user's sessions: the current one first, then the most recently used. */
export async function getSessions({ id, user }: AuthenticatedSession): Promise<SessionInfo[]> {
  const sessions = (await findSessions(user.id)).map((row) => ({
    ...toSessionInfo(row),
    current: row.id === id,
  }));
  return [...sessions.filter(({ current }) => current), ...sessions.filter(({ current }) => !current)];
}

/**
 * Ends one of the user's sessions.
 * @returns whether it was the current one
 * @throws AppError NOT_FOUND when the user has no such session
 */
export async function removeSession(
  current: AuthenticatedSession,
  id: string,
  client: Client,
): Promise<boolean> {
  if (!(await removeRow(current.user.id, id))) throw notFoundError("Session not found.");
  logSecurityEvent("session_ended", client, { user: current.user.id, session: id.toLowerCase() });
  return id === current.id;
}

/** Ends all sessions of the user but the current one. */
export async function removeOtherSessions({ id, user }: AuthenticatedSession, client: Client): Promise<void> {
  await removeOtherRows(user.id, id);
  logSecurityEvent("other_sessions_ended", client, { user: user.id });
}
