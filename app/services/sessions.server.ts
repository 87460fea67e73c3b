import { AppError, notFoundError } from "#app/errors.ts";
import {
  extendSession,
  findLiveSession,
  findSessions,
  type LiveSession,
  removeSession as removeRow,
  type SessionRecord,
  touchSession,
} from "#app/repositories/sessions.server.ts";
import type { SessionInfo } from "#app/schemas/session.ts";
import { identityContext } from "./identity.server.ts";
import { issueToken, SESSION_SECONDS, verifyToken } from "./tokens.server.ts";
import { describeUserAgent } from "./user-agent.server.ts";

export type { LiveSession };

/** Where a session is used from, as its owner will see it listed. */
export interface Client {
  address: string;
  userAgent: string;
}

const RENEW_AFTER_SECONDS = 24 * 60 * 60;

/** Opens a session, within the identity transaction under way if there is one. @returns its id */
export async function createSession(owner: string, client: Client): Promise<string> {
  const { internalAdapter } = await identityContext();
  const session = await internalAdapter.createSession(owner, false, {
    ipAddress: client.address,
    userAgent: client.userAgent,
  });
  return session.id;
}

/**
 * Who sends this token.
 * @throws AppError UNAUTHORIZED when the token is no good; AUTH_INVALID when it is, but its session has ended
 */
export async function authenticate(token: string, client: Client): Promise<LiveSession> {
  const claims = verifyToken(token);
  const session = await findLiveSession(claims.user_id, claims.sid);
  if (!session) throw new AppError("AUTH_INVALID", "This session has ended. Sign in again.");
  if (session.stale) noteUse(session, client);
  return session;
}

const noting = new Set<string>();

/**
 * Writes down that a session is in use, once every five minutes. Nobody waits for it, and when it fails the next
 * request makes up for it.
 */
function noteUse({ id, user }: LiveSession, client: Client): void {
  // Of many requests at once one is enough.
  if (noting.has(id)) return;
  noting.add(id);
  touchSession(user.id, id, client)
    .catch(() => undefined)
    .finally(() => noting.delete(id));
}

/**
 * Keeps somebody who uses Tock signed in.
 * @returns a new token and seven more days for a session whose token is older than a day, else undefined
 */
export async function renewToken(session: LiveSession, token: string): Promise<string | undefined> {
  const now = Date.now();
  if (now / 1000 - verifyToken(token).iat < RENEW_AFTER_SECONDS) return undefined;
  const expiresAt = new Date(now + SESSION_SECONDS * 1000);
  const lives = await extendSession(session.user.id, session.id, expiresAt);
  return lives ? issueToken(session.user, session.id) : undefined;
}

/** Ends the session on the server: its JWT is dead from here on. @throws AppError AUTH_INVALID when it had ended already */
export async function signOut(session: LiveSession): Promise<void> {
  if (!(await removeRow(session.user.id, session.id))) {
    throw new AppError("AUTH_INVALID", "This session had ended already.");
  }
}

/** Ends the session of a token, if it still has one. */
export async function revokeSession(token: string): Promise<void> {
  try {
    const { user_id, sid } = verifyToken(token);
    await removeRow(user_id, sid);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "UNAUTHORIZED")) throw error;
  }
}

/** What may be told of a session. */
export function describeSession(record: SessionRecord): Omit<SessionInfo, "current"> {
  return {
    id: record.id,
    device: describeUserAgent(record.user_agent ?? ""),
    // An IPv4 address, as sockets that take both kinds write it.
    address: record.ip_address?.replace(/^::ffff:(?=[\d.]+$)/i, "") || null,
    created_at: record.created_at.toISOString(),
    last_used_at: record.last_used_at.toISOString(),
    expires_at: record.expires_at.toISOString(),
  };
}

/** Where somebody is signed in: here first, then what was used last. */
export async function getSessions(here: LiveSession): Promise<SessionInfo[]> {
  const sessions = (await findSessions(here.user.id)).map((record) => ({
    ...describeSession(record),
    current: record.id === here.id,
  }));
  return [...sessions.filter(({ current }) => current), ...sessions.filter(({ current }) => !current)];
}

/**
 * Ends one of somebody's sessions: its JWT is dead from here on.
 * @returns whether it was the one that asked
 * @throws AppError NOT_FOUND when it has ended already, or never was theirs
 */
export async function removeSession(here: LiveSession, id: string): Promise<boolean> {
  if (!(await removeRow(here.user.id, id))) throw notFoundError("There is no such session.");
  return id === here.id;
}
