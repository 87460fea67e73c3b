import { raw } from "objection";
import { SessionModel } from "#app/models/session.server.ts";
import { UserModel } from "#app/models/user.server.ts";
import type { User } from "#app/schemas/account.ts";
import { queryPrepared } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";
import { toUser } from "./users.server.ts";

const ownedSessions = (owner: string) => UserModel.relatedQuery<SessionModel>("sessions").for(owner);

/** A session that lives, and whose it is. */
export interface LiveSession {
  id: string;
  user: User;
  /** Whether its last use was written down so long ago that this one should be. */
  stale: boolean;
}

/** What its owner may know of a session: all but its token. */
export type SessionRecord = Pick<
  SessionModel,
  "id" | "ip_address" | "user_agent" | "created_at" | "last_used_at" | "expires_at"
>;

/** Who keeps using Tock shall not cause a write with every request. */
const NOTED_EVERY = "interval '5 minutes'";

/*
 * Asked on every request that carries a token. A session lives while its row exists, its time has not run out, and it
 * belongs to the user that the token names.
 */
const LIVE_SQL = `
  select u.id, u.email, u.name, u.created_at, u.updated_at,
    s.last_used_at < now() - ${NOTED_EVERY} as stale
  from session s join "user" u on u.id = s.user_id
  where s.id = ? and s.user_id = ? and s.expires_at > now()`;

/** @returns undefined when the session has ended, or never was this user's */
export function findLiveSession(owner: string, id: string): Promise<LiveSession | undefined> {
  return query(async () => {
    const [row] = await queryPrepared("live-session", LIVE_SQL, [id, owner]);
    return row && { id, user: toUser(row), stale: row.stale };
  });
}

/** Gives a session more time. @returns false when it has ended meanwhile */
export function extendSession(owner: string, id: string, expiresAt: Date): Promise<boolean> {
  return query(async () => {
    const changed = await ownedSessions(owner)
      .findById(id)
      .patch({ expires_at: expiresAt, updated_at: new Date() });
    return changed > 0;
  });
}

/** Notes that a session is used now, and from where, unless another request has just done so. */
export function touchSession(
  owner: string,
  id: string,
  { address, userAgent }: { address: string; userAgent: string },
): Promise<void> {
  return query(async () => {
    await ownedSessions(owner)
      .findById(id)
      .where("last_used_at", "<", raw(`now() - ${NOTED_EVERY}`))
      .patch({ last_used_at: raw("now()"), ip_address: address, user_agent: userAgent });
  });
}

/** Every session of `owner` that lives, the one used last first. */
export function findSessions(owner: string): Promise<SessionRecord[]> {
  return query(() =>
    ownedSessions(owner)
      .where("expires_at", ">", raw("now()"))
      .orderBy([
        { column: "last_used_at", order: "desc" },
        { column: "id", order: "desc" },
      ])
      .select("id", "ip_address", "user_agent", "created_at", "last_used_at", "expires_at"),
  );
}

/** Ends one session. @returns false when it had ended already */
export function removeSession(owner: string, id: string): Promise<boolean> {
  return query(async () => (await ownedSessions(owner).deleteById(id)) > 0);
}

/** Ends all sessions of `owner` but the so many that were used last. */
export const endOldestSessions = (owner: string, kept: number): Promise<number> =>
  query(() => {
    const oldest = ownedSessions(owner)
      .orderBy([
        { column: "last_used_at", order: "desc" },
        { column: "id", order: "desc" },
      ])
      .offset(kept)
      .select("id");
    return SessionModel.query().delete().whereIn("id", oldest);
  });

/** Removes what has ended by itself, of anybody. @returns how many sessions that were */
export const removeEndedSessions = (): Promise<number> =>
  query(() => SessionModel.query().delete().where("expires_at", "<", raw("now()")));
