import { query } from "#app/repositories/database-errors.server.ts";
import { queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import { TOUCH_INTERVAL } from "./sessions.server.ts";

/** The user and the session that a verified token names. The session may have ended since the token was issued. */
export interface Caller {
  userId: string;
  sessionId: string;
}

/** The row of a statement on behalf of a caller: its columns, and whether `last_used_at` is old enough to be updated. */
export type CallerRow<Columns> = Columns & { needs_touch: boolean };

/**
 * Builds a statement on behalf of a caller. Its first table expression, `caller`, is the user of the active session.
 * Without one the statement returns no row and changes nothing. That saves a round trip for the session, and the session
 * cannot end between the check and the query.
 * `$1` is the session and `$2` the user; the statement's own placeholders start at `$3`.
 * @param columns SQL of the returned columns; they may refer to `caller.user_id`
 * @param tables further table expressions: `reads`, then `changes`, which change the rows that they join with `caller`
 */
export function callerStatement(
  name: string,
  columns: string,
  { reads = [], changes = [] }: { reads?: string[]; changes?: string[] } = {},
): PreparedStatement {
  const caller = `caller as (
    select user_id, last_used_at < now() - ${TOUCH_INTERVAL} as needs_touch
    from session where id = $1 and user_id = $2 and expires_at > now()
  )`;
  return {
    name,
    sql: `with ${[caller, ...reads, ...changes].join(", ")} select needs_touch, ${columns} from caller`,
    readOnly: changes.length === 0,
  };
}

/**
 * Runs a statement on behalf of a caller.
 * @param values of the placeholders from `$3`
 * @returns undefined when the session has ended
 */
export function queryAsCaller<Columns>(
  statement: PreparedStatement,
  { userId, sessionId }: Caller,
  values: unknown[],
): Promise<CallerRow<Columns> | undefined> {
  return query(async () => {
    const [row] = await queryPrepared<CallerRow<Columns>>(statement, [sessionId, userId, ...values]);
    return row;
  });
}
