import { query } from "#app/repositories/database-errors.server.ts";
import { queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import { TOUCH_INTERVAL } from "./sessions.server.ts";

/** The user and the session that a verified JWT names. The session may have ended since the JWT was issued. */
interface SessionCaller {
  userId: string;
  sessionId: string;
}

/** The user of a personal access token. It may have been revoked or have expired since it was looked up. */
interface TokenCaller {
  userId: string;
  tokenId: string;
}

export type Caller = SessionCaller | TokenCaller;

/** The row of a statement on behalf of a caller: its columns, and whether `last_used_at` is old enough to be updated. */
export type CallerRow<Columns> = Columns & { needs_touch: boolean };

/** A statement in one variant per credential. PostgreSQL prepares each on its first use. */
export interface CallerStatement {
  bySession: PreparedStatement;
  byToken: PreparedStatement;
}

/**
 * Builds a statement on behalf of a caller. Its first table expression, `caller`, is the user of the active session or
 * token. Without one the statement returns no row and changes nothing. That saves a round trip for the credential, which
 * cannot end between the check and the query.
 * `$1` is the session or token and `$2` the user; the statement's own placeholders start at `$3`.
 * @param columns SQL of the returned columns; they may refer to `caller.user_id`
 * @param tables further table expressions: `reads`, then `changes`, which change the rows that they join with `caller`.
 * With changes, a token needs the scope `tasks:write`.
 */
export function callerStatement(
  name: string,
  columns: string,
  { reads = [], changes = [] }: { reads?: string[]; changes?: string[] } = {},
): CallerStatement {
  const readOnly = changes.length === 0;
  const sqlFor = (caller: string) =>
    `with ${[caller, ...reads, ...changes].join(", ")} select needs_touch, ${columns} from caller`;
  const session = `caller as (
    select user_id, last_used_at < now() - ${TOUCH_INTERVAL} as needs_touch
    from session where id = $1 and user_id = $2 and expires_at > now()
  )`;
  const token = `caller as (
    select user_id, coalesce(last_used_at, '-infinity') < now() - ${TOUCH_INTERVAL} as needs_touch
    from personal_access_token where id = $1 and user_id = $2 and expires_at > now()
      ${readOnly ? "" : "and scope = 'tasks:write'"}
  )`;
  return {
    bySession: { name, sql: sqlFor(session), readOnly },
    byToken: { name: `${name}-by-token`, sql: sqlFor(token), readOnly },
  };
}

/**
 * Runs a statement on behalf of a caller.
 * @param values of the placeholders from `$3`
 * @returns undefined when the session or token has ended, or the token's scope does not suffice
 */
export function queryAsCaller<Columns>(
  { bySession, byToken }: CallerStatement,
  caller: Caller,
  values: unknown[],
): Promise<CallerRow<Columns> | undefined> {
  const [statement, credentialId] =
    "sessionId" in caller ? [bySession, caller.sessionId] : [byToken, caller.tokenId];
  return query(async () => {
    const [row] = await queryPrepared<CallerRow<Columns>>(statement, [
      credentialId,
      caller.userId,
      ...values,
    ]);
    return row;
  });
}
