import type { Knex } from "knex";
import { query } from "#app/repositories/database-errors.server.ts";
import { database } from "#db/connection.ts";
import { currentKnex } from "./better-auth.server.ts";

/** How long a link works. */
export const LINK_MINUTES = 60;

export type LinkPurpose = "password_reset" | "email_change";

/** A link that can still be used. */
export interface LinkRow {
  user_id: string;
  /** The address that the link was sent to; null for a link of the command line. */
  email: string | null;
  /** The user's current address. */
  user_email: string;
  name: string;
}

/** The link of a password reset is proof of the mailbox that it was sent to, so it ends when the email changes. */
const IS_VALID = `link.purpose = ? and link.expires_at > now()
  and (link.purpose = 'email_change' or link.email is null or link.email = u.email)`;

/**
 * Stores a link of a user for LINK_MINUTES, in the current identity transaction if there is one.
 * @param knex of a process without the shared connection pool
 */
export async function insertLink(
  userId: string,
  link: { tokenHash: Buffer; purpose: LinkPurpose; email: string | null },
  knex?: Knex,
): Promise<void> {
  const connection = knex ?? (await currentKnex());
  await query(() =>
    connection.raw(
      `insert into one_time_link (token_hash, user_id, purpose, email, expires_at)
       values (?, ?, ?, ?, now() + ? * interval '1 minute')`,
      [link.tokenHash, userId, link.purpose, link.email, LINK_MINUTES],
    ),
  );
}

/** Reads a link without using it up. @returns undefined for one that is unknown, used or has expired */
export function findLink(purpose: LinkPurpose, tokenHash: Buffer): Promise<LinkRow | undefined> {
  return query(async () => {
    const { rows } = await database().raw(
      `select link.user_id, link.email, u.email as user_email, u.name
       from one_time_link link join "user" u on u.id = link.user_id
       where link.token_hash = ? and ${IS_VALID}`,
      [tokenHash, purpose],
    );
    return rows[0];
  });
}

/**
 * Uses a link up, in the current identity transaction. Of concurrent requests with one link, one succeeds: the others wait
 * for the row, and then no longer find it.
 * @returns undefined for a link that is unknown, used or has expired
 */
export async function consumeLink(purpose: LinkPurpose, tokenHash: Buffer): Promise<LinkRow | undefined> {
  const knex = await currentKnex();
  return query(async () => {
    const { rows } = await knex.raw(
      `delete from one_time_link link using "user" u
       where u.id = link.user_id and link.token_hash = ? and ${IS_VALID}
       returning link.user_id, link.email, u.email as user_email, u.name`,
      [tokenHash, purpose],
    );
    return rows[0];
  });
}

/** Removes the links of a user, all or those of one purpose, in the current identity transaction if there is one. */
export async function removeLinks(userId: string, purpose?: LinkPurpose): Promise<void> {
  const knex = await currentKnex();
  await query(() =>
    knex("one_time_link")
      .where({ user_id: userId, ...(purpose && { purpose }) })
      .delete(),
  );
}

/** The new email of a user that still has to be confirmed; undefined without one. */
export function findPendingEmail(userId: string): Promise<string | undefined> {
  return query(async () => {
    const { rows } = await database().raw(
      `select email from one_time_link where user_id = ? and purpose = 'email_change' and expires_at > now()
       order by created_at desc limit 1`,
      [userId],
    );
    return rows[0]?.email;
  });
}

/** Removes up to `limit` expired links of all users. @returns how many */
export function purgeExpiredLinks(limit: number): Promise<number> {
  return query(async () => {
    const { rowCount } = await database().raw(
      `delete from one_time_link where token_hash = any(array(
         select token_hash from one_time_link where expires_at < now() limit ? for update skip locked
       ))`,
      [limit],
    );
    return rowCount;
  });
}
