import { randomBytes } from "node:crypto";
import { query } from "#app/repositories/database-errors.server.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";
import { queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import type { ClientInfo } from "./sessions.server.ts";
import type { VerifiedCode } from "./totp.server.ts";
import { CREDENTIAL } from "./users.server.ts";

const TOKEN_BYTES = 32;

/*
 * One statement instead of a transaction of five round trips. Locking the credential makes a concurrent password change
 * wait, which then ends this session too. After waiting for such a change, PostgreSQL compares the hash again on the
 * committed row. The code of a second factor is used up in the same statement: of concurrent requests with one code, the
 * second waits for the row, and then no longer finds it or an earlier step.
 */
const INSERT_FOR_CREDENTIAL: PreparedStatement = {
  name: "session-for-credential",
  readOnly: false,
  sql: `
  with credential as (
    select user_id, exists (
      select from totp where user_id = $1 and confirmed_at is not null
    ) as needs_code
    from account
    where user_id = $1 and provider_id = '${CREDENTIAL}' and password_hash = $2 for update
  ), used_step as (
    update totp set last_step = $8
    where user_id = (select user_id from credential) and confirmed_at is not null and last_step < $8
    returning user_id
  ), used_recovery_code as (
    delete from recovery_code where user_id = (select user_id from credential) and code_hash = $9
    returning user_id
  ), admitted as (
    select user_id from credential
    where not needs_code or exists (select from used_step) or exists (select from used_recovery_code)
  ), outdated as (
    delete from session where id in (
      select session.id from session join admitted using (user_id)
      order by last_used_at desc, session.id desc offset $3
    )
  ), inserted as (
    insert into session (user_id, token, expires_at, ip_address, user_agent)
    select user_id, $4, now() + $5 * interval '1 second', $6, $7 from admitted
    returning id
  )
  select (select id from inserted) as id from credential`,
};

/** The verified credentials of a sign-in. */
export interface Credentials {
  passwordHash: string;
  /** Absent for a sign-in without a code. */
  code?: VerifiedCode | undefined;
}

/**
 * Inserts a session if `passwordHash` is still the stored one and the account has no second factor, or `code` is not used
 * yet. Then it removes all other sessions of the user but the `keptCount` most recently used ones.
 * @returns the id, null when a code is needed or was used already; undefined when the password has been changed since the
 * hash was read
 */
export function insertSessionForCredential(
  userId: string,
  { passwordHash, code }: Credentials,
  keptCount: number,
  { ipAddress, userAgent }: ClientInfo,
): Promise<string | null | undefined> {
  // Required by Better Auth's schema. Tock's own token is a JWT that names the session.
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const values = [userId, passwordHash, keptCount, token, SESSION_SECONDS, ipAddress, userAgent];
  return query(async () => {
    const [row] = await queryPrepared<{ id: string | null }>(INSERT_FOR_CREDENTIAL, [
      ...values,
      code?.step ?? null,
      code?.recoveryHash ?? null,
    ]);
    return row?.id;
  });
}
