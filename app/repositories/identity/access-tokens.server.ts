import { query } from "#app/repositories/database-errors.server.ts";
import type { Scope } from "#app/rules/access-token-rules.ts";
import { database, queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import { currentKnex } from "./better-auth.server.ts";
import { TOUCH_INTERVAL } from "./sessions.server.ts";

/** A token without its digest. */
export interface AccessTokenRow {
  id: string;
  name: string;
  scope: Scope;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
}

const TABLE = "personal_access_token";
const COLUMNS = ["id", "name", "scope", "created_at", "expires_at", "last_used_at"];

/** The account and the scope of a token. They never change. */
export interface TokenGrant {
  tokenId: string;
  userId: string;
  scope: Scope;
}

const GRANT: PreparedStatement = {
  name: "access-token-grant",
  readOnly: true,
  sql: `select id as "tokenId", user_id as "userId", scope from ${TABLE} where digest = $1 and expires_at > now()`,
};

/** @returns undefined for a token that does not exist or has expired */
export function findTokenGrant(digest: Buffer): Promise<TokenGrant | undefined> {
  return query(async () => (await queryPrepared<TokenGrant>(GRANT, [digest]))[0]);
}

const ACTIVE: PreparedStatement = {
  name: "active-access-token",
  readOnly: true,
  sql: `select id from ${TABLE} where id = $1 and user_id = $2 and expires_at > now()`,
};

/** @returns false when the token was revoked, has expired or belongs to another user */
export function isTokenActive(userId: string, id: string): Promise<boolean> {
  return query(async () => (await queryPrepared(ACTIVE, [id, userId])).length > 0);
}

/** Records the time of a token's last use, unless another request has just done so. */
export function touchAccessToken(userId: string, id: string): Promise<void> {
  return query(async () => {
    await database().raw(
      `update ${TABLE} set last_used_at = now()
       where id = ? and user_id = ? and (last_used_at is null or last_used_at < now() - ${TOUCH_INTERVAL})`,
      [id, userId],
    );
  });
}

/** The tokens of a user, expired ones included, newest first. */
export function findAccessTokens(userId: string): Promise<AccessTokenRow[]> {
  return query(() =>
    database()(TABLE)
      .where({ user_id: userId })
      .orderBy([
        { column: "created_at", order: "desc" },
        { column: "id", order: "desc" },
      ])
      .select(COLUMNS),
  );
}

interface NewRow {
  name: string;
  scope: Scope;
  digest: Buffer;
  /** Days until it expires. */
  days: number;
}

/**
 * Inserts a token, in the current identity transaction. The caller has locked the user's credential, so that concurrent
 * inserts cannot exceed the limit together.
 * @param limit the number of tokens that a user can have
 * @returns undefined when the user has that many
 */
export async function insertAccessToken(
  userId: string,
  { name, scope, digest, days }: NewRow,
  limit: number,
): Promise<AccessTokenRow | undefined> {
  const knex = await currentKnex();
  return query(async () => {
    const { rows } = await knex.raw(
      `insert into ${TABLE} (user_id, name, scope, digest, expires_at)
       select cast(? as uuid), ?, ?, cast(? as bytea), now() + ? * interval '1 day'
       where (select count(*) from ${TABLE} where user_id = ?) < ?
       returning ${COLUMNS.join(", ")}`,
      [userId, name, scope, digest, days, userId, limit],
    );
    return rows[0];
  });
}

/** @returns false when the user has no token with this id */
export function removeAccessToken(userId: string, id: string): Promise<boolean> {
  return query(async () => (await database()(TABLE).where({ id, user_id: userId }).delete()) > 0);
}

const PURGE_SQL = `
  delete from ${TABLE} where ctid = any(array(
    select ctid from ${TABLE} where expires_at < now() - ? * interval '1 day' limit ? for update skip locked
  ))`;

/** Removes up to `limit` tokens that expired more than `days` ago. @returns how many */
export const purgeAccessTokens = (days: number, limit: number): Promise<number> =>
  query(async () => (await database().raw(PURGE_SQL, [days, limit])).rowCount);
