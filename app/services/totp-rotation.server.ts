import { env } from "#app/env.server.ts";
import { log } from "#app/log.server.ts";
import {
  findSecretsAfter,
  replaceSecret,
  type SealedSecret,
} from "#app/repositories/identity/totp.server.ts";
import { secretSealer } from "./second-factor.server.ts";

const BATCH_ROWS = 1_000;

/**
 * Seals each confirmed second factor with the newest BETTER_AUTH_SECRET, so that an older one can be removed. Does nothing
 * while there is only one. A setup that is not confirmed is left alone: it expires.
 *
 * Several processes may run it at once. It is repeated, because an instance that has not restarted yet seals with the older
 * secret.
 */
export async function resealSecondFactors(signal?: AbortSignal): Promise<void> {
  if (env().BETTER_AUTH_SECRET.length === 1) return;
  const counts = { current: 0, resealed: 0, unreadable: 0 };
  let batch: SealedSecret[] = [];
  do {
    batch = await findSecretsAfter(batch.at(-1)?.user_id, BATCH_ROWS);
    for (const row of batch) counts[await reseal(row)]++;
    signal?.throwIfAborted();
  } while (batch.length === BATCH_ROWS);
  const level = counts.unreadable > 0 ? "warn" : "info";
  log[level](counts, "second factors sealed with the newest BETTER_AUTH_SECRET");
}

async function reseal(row: SealedSecret): Promise<"current" | "resealed" | "unreadable"> {
  const sealer = secretSealer();
  if (sealer.isCurrent(row.secret, row.user_id)) return "current";
  const secret = sealer.unseal(row.secret, row.user_id);
  if (secret === undefined) return "unreadable";
  await replaceSecret(row, sealer.seal(secret, row.user_id));
  return "resealed";
}
