import type { Knex } from "knex";
import { raw } from "objection";
import { SessionModel } from "#app/models/session.server.ts";
import { UserModel } from "#app/models/user.server.ts";
import { query } from "#app/repositories/database-errors.server.ts";
import { RECENT_SESSION_MINUTES, SESSION_DAYS_MAX } from "#app/rules/session-rules.ts";
import type { User } from "#app/schemas/account.ts";
import { queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import { currentKnex, identityContext } from "./better-auth.server.ts";
import { toUser, type UserRow } from "./users.server.ts";

const ownedSessions = (userId: string, knex?: Knex) =>
  UserModel.relatedQuery<SessionModel>("sessions", knex).for(userId);

/** What a session stores about the client that uses it. */
export interface ClientInfo {
  ipAddress: string;
  userAgent: string;
}

/** A session that has not ended, and its user. */
export interface ActiveSession {
  id: string;
  user: User;
  /** Whether it began less than RECENT_SESSION_MINUTES ago. */
  isRecent: boolean;
  /** Whether `last_used_at` is old enough to be updated. */
  needsTouch: boolean;
}

/** A session without its token. */
export type SessionRow = Pick<
  SessionModel,
  "id" | "ip_address" | "user_agent" | "created_at" | "last_used_at" | "expires_at"
>;

/** Inserts a session, in the current identity transaction if there is one. @returns its id */
export async function insertSession(userId: string, { ipAddress, userAgent }: ClientInfo): Promise<string> {
  const { internalAdapter } = await identityContext();
  const { id } = await internalAdapter.createSession(userId, false, { ipAddress, userAgent });
  return id;
}

/** Limits `last_used_at` updates to one per session and five minutes. */
export const TOUCH_INTERVAL = "interval '5 minutes'";

/** Runs for every request that carries a token. The user id must match: a token names both. */
const ACTIVE_SESSION: PreparedStatement = {
  name: "active-session",
  readOnly: true,
  sql: `
  select u.id, u.email, u.name, u.created_at, u.updated_at,
    s.last_used_at < now() - ${TOUCH_INTERVAL} as needs_touch,
    s.created_at > now() - interval '${RECENT_SESSION_MINUTES} minutes' as is_recent
  from session s join "user" u on u.id = s.user_id
  where s.id = $1 and s.user_id = $2 and s.expires_at > now()`,
};

type ActiveSessionRow = UserRow & { needs_touch: boolean; is_recent: boolean };

/** @returns undefined when the session has ended or belongs to another user */
export function findActiveSession(userId: string, id: string): Promise<ActiveSession | undefined> {
  return query(async () => {
    const [row] = await queryPrepared<ActiveSessionRow>(ACTIVE_SESSION, [id, userId]);
    return row && { id, user: toUser(row), needsTouch: row.needs_touch, isRecent: row.is_recent };
  });
}

const LATEST_END = `created_at + interval '${SESSION_DAYS_MAX} days'`;

/**
 * Moves the end of a session, at most to SESSION_DAYS_MAX after its beginning.
 * @returns false when the session has ended or has reached that age
 */
export function extendSession(userId: string, id: string, expiresAt: Date): Promise<boolean> {
  return query(async () => {
    const changed = await ownedSessions(userId)
      .findById(id)
      // A session that has ended stays so: callers.server.ts remembers it.
      .where("expires_at", ">", raw("now()"))
      .where(raw(LATEST_END), ">", raw("now()"))
      .patch({ expires_at: raw(`least(?::timestamptz, ${LATEST_END})`, expiresAt), updated_at: new Date() });
    return changed > 0;
  });
}

/** Records the time and the client of a session's last use, unless another request has just done so. */
export function touchSession(
  userId: string,
  id: string,
  { ipAddress, userAgent }: ClientInfo,
): Promise<void> {
  return query(async () => {
    await ownedSessions(userId)
      .findById(id)
      .where("last_used_at", "<", raw(`now() - ${TOUCH_INTERVAL}`))
      .patch({ last_used_at: raw("now()"), ip_address: ipAddress, user_agent: userAgent });
  });
}

const MOST_RECENT_FIRST = [
  { column: "last_used_at", order: "desc" },
  { column: "id", order: "desc" },
] as const;

/** The sessions of a user that have not ended, most recently used first. */
export function findSessions(userId: string): Promise<SessionRow[]> {
  return query(() =>
    ownedSessions(userId)
      .where("expires_at", ">", raw("now()"))
      .orderBy([...MOST_RECENT_FIRST])
      .select("id", "ip_address", "user_agent", "created_at", "last_used_at", "expires_at"),
  );
}

/**
 * Locks a session until the identity transaction ends, so that it cannot end meanwhile.
 * @returns false when it has ended
 */
export async function lockSession(userId: string, id: string): Promise<boolean> {
  const knex = await currentKnex();
  const active = () =>
    ownedSessions(userId, knex).findById(id).where("expires_at", ">", raw("now()")).select("id").forUpdate();
  return (await query(active)) !== undefined;
}

/** @returns false when the user has no session with this id */
export function removeSession(userId: string, id: string): Promise<boolean> {
  return query(async () => (await ownedSessions(userId).deleteById(id)) > 0);
}

/** Removes all sessions of a user but one, in the current identity transaction if there is one. */
export async function removeOtherSessions(userId: string, keptId: string): Promise<void> {
  const knex = await currentKnex();
  await query(() => ownedSessions(userId, knex).whereNot("id", keptId).delete());
}

/** Removes all sessions of a user, in the current identity transaction. */
export async function removeAllSessions(userId: string): Promise<void> {
  const knex = await currentKnex();
  await query(() => ownedSessions(userId, knex).delete());
}

/** Removes up to `limit` expired sessions of all users. @returns how many */
export function purgeExpiredSessions(limit: number): Promise<number> {
  const expired = SessionModel.query().where("expires_at", "<", raw("now()")).select("id").limit(limit);
  return query(() => SessionModel.query().delete().whereIn("id", expired.forUpdate().skipLocked()));
}
