import { query } from "#app/repositories/database-errors.server.ts";
import { database } from "#db/connection.ts";
import { currentKnex } from "./better-auth.server.ts";

/** How long a setup that was begun can be confirmed. Its secret is shown until then. */
const SETUP_MINUTES = 15;

/** A user's second factor. */
export interface TotpRow {
  /** Encrypted with a key from BETTER_AUTH_SECRET: for the user, or until it is confirmed for the session of the setup. */
  secret: Buffer;
  confirmed: boolean;
  /** Recovery codes that have not been used. */
  recovery_codes: number;
}

/** @returns undefined for a user without a second factor, or with a setup that has expired */
export function findTotp(userId: string): Promise<TotpRow | undefined> {
  return query(async () => {
    const { rows } = await database().raw(
      `select secret, confirmed_at is not null as confirmed,
         (select count(*)::int from recovery_code where recovery_code.user_id = totp.user_id) as recovery_codes
       from totp where user_id = ? and (confirmed_at is not null or created_at > now() - ? * interval '1 minute')`,
      [userId, SETUP_MINUTES],
    );
    return rows[0];
  });
}

/** A confirmed second factor as it is stored. */
export interface SealedSecret {
  user_id: string;
  secret: Buffer;
}

const FIRST_USER = "00000000-0000-0000-0000-000000000000";

/** Reads confirmed second factors in the order of their users. @param userId of the last one of the batch before */
export const findSecretsAfter = (userId: string | undefined, limit: number): Promise<SealedSecret[]> =>
  query(() =>
    database()("totp")
      .select("user_id", "secret")
      .whereNotNull("confirmed_at")
      .where("user_id", ">", userId ?? FIRST_USER)
      .orderBy("user_id")
      .limit(limit),
  );

/** Replaces a sealed secret, unless it has changed since it was read. */
export async function replaceSecret({ user_id, secret }: SealedSecret, resealed: Buffer): Promise<void> {
  await query(() => database()("totp").where({ user_id, secret }).update({ secret: resealed }));
}

/**
 * Begins a setup, or begins it again with another secret, in the current identity transaction.
 * @returns false when the second factor is on
 */
export async function insertTotp(userId: string, secret: Buffer): Promise<boolean> {
  const knex = await currentKnex();
  return query(async () => {
    const { rows } = await knex.raw(
      `insert into totp (user_id, secret) values (?, ?)
       on conflict (user_id) do update set secret = excluded.secret, created_at = now()
         where totp.confirmed_at is null
       returning user_id`,
      [userId, secret],
    );
    return rows.length > 0;
  });
}

/**
 * Turns the second factor on, if the setup has still this secret. Earlier recovery codes end, such as those of a factor
 * that an operator has deleted in SQL.
 * @param sealed the secret of the setup, and the same sealed for the user
 * @param step the time step of the code, which cannot be used again
 * @returns false when another request has confirmed or changed the setup
 */
export function confirmTotp(
  userId: string,
  sealed: { setup: Buffer; confirmed: Buffer },
  step: number,
  codeHashes: Buffer[],
): Promise<boolean> {
  return query(async () => {
    const { rows } = await database().raw(
      `with confirmed as (
         update totp set confirmed_at = now(), last_step = ?, secret = ?
         where user_id = ? and confirmed_at is null and secret = ? returning user_id
       ), earlier as (
         delete from recovery_code using confirmed where recovery_code.user_id = confirmed.user_id
       )
       insert into recovery_code (user_id, code_hash)
       select user_id, unnest(?::bytea[]) from confirmed returning user_id`,
      [step, sealed.confirmed, userId, sealed.setup, codeHashes],
    );
    return rows.length > 0;
  });
}

/** Ends a setup that has not been confirmed, in the current identity transaction. */
export async function removeTotpSetup(userId: string): Promise<void> {
  const knex = await currentKnex();
  await query(() => knex("totp").where({ user_id: userId, confirmed_at: null }).delete());
}

/** A code that was found to be right, and is used up when it is accepted. */
export interface VerifiedCode {
  step: number | null;
  recoveryHash: Buffer | null;
}

/**
 * Uses a code up, in the current identity transaction if there is one.
 * @returns false when it has been used already: of concurrent requests with one code, one succeeds
 */
export async function consumeCode(userId: string, { step, recoveryHash }: VerifiedCode): Promise<boolean> {
  const knex = await currentKnex();
  return query(async () => {
    const used =
      step === null
        ? await knex("recovery_code").where({ user_id: userId, code_hash: recoveryHash }).delete()
        : await knex("totp")
            .where({ user_id: userId })
            .where("last_step", "<", step)
            .update({ last_step: step });
    return used > 0;
  });
}

/** Replaces all recovery codes, in the current identity transaction. */
export async function replaceRecoveryCodes(userId: string, codeHashes: Buffer[]): Promise<void> {
  const knex = await currentKnex();
  const rows = codeHashes.map((code_hash) => ({ user_id: userId, code_hash }));
  await query(() => knex("recovery_code").where({ user_id: userId }).delete());
  await query(() => knex("recovery_code").insert(rows));
}

/** Removes the second factor with its recovery codes, in the current identity transaction. */
export async function removeTotp(userId: string): Promise<void> {
  const knex = await currentKnex();
  await query(() => knex("recovery_code").where({ user_id: userId }).delete());
  await query(() => knex("totp").where({ user_id: userId }).delete());
}
