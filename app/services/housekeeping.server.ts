import { log } from "#app/log.server.ts";
import { purgeDeletedTasks } from "#app/repositories/deleted-tasks.server.ts";
import { purgeIdempotencyKeys } from "#app/repositories/idempotency-keys.server.ts";
import { purgeAccessTokens } from "#app/repositories/identity/access-tokens.server.ts";
import { purgeExpiredLinks } from "#app/repositories/identity/one-time-links.server.ts";
import { purgeExpiredSessions } from "#app/repositories/identity/sessions.server.ts";
import { EXPIRED_ACCESS_TOKEN_DAYS } from "#app/rules/access-token-rules.ts";
import { TRASH_DAYS } from "#app/rules/limits.ts";
import { resealSecondFactors } from "./totp-rotation.server.ts";

/** A repeated request for a new task is recognized for this long. */
const IDEMPOTENCY_KEY_HOURS = 24;
const INTERVAL_MS = 10 * 60 * 1000;

/** Keeps each statement far below the time limit, however large the backlog is. */
const BATCH_ROWS = 1_000;

const STEPS: ((limit: number) => Promise<number>)[] = [
  (limit) => purgeDeletedTasks(TRASH_DAYS, limit),
  (limit) => purgeIdempotencyKeys(IDEMPOTENCY_KEY_HOURS, limit),
  purgeExpiredSessions,
  (limit) => purgeAccessTokens(EXPIRED_ACCESS_TOKEN_DAYS, limit),
  purgeExpiredLinks,
];

/**
 * Removes expired deleted tasks, idempotency keys, sessions, access tokens and links in batches. Several processes may run
 * it at once. One step follows the other, so that each process takes one connection from its requests.
 * @throws AggregateError after all steps, if some of them failed
 */
export async function cleanUp(signal?: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const step of STEPS)
    await repeatInBatches(step, signal).catch((failure: unknown) => failures.push(failure));
  if (failures.length > 0) throw new AggregateError(failures, "steps of the housekeeping failed");
}

async function repeatInBatches(
  removeBatch: (limit: number) => Promise<number>,
  signal?: AbortSignal,
): Promise<void> {
  do signal?.throwIfAborted();
  while ((await removeBatch(BATCH_ROWS)) === BATCH_ROWS);
}

let running: AbortController | undefined;

/**
 * Cleans up and continues a rotation of secrets, now and every ten minutes until `stopHousekeeping`. Failures are logged;
 * the next run makes up for them.
 */
export function startHousekeeping(): void {
  stopHousekeeping();
  running = new AbortController();
  const { signal } = running;
  const run = async () => {
    for (const job of [cleanUp, resealSecondFactors])
      await job(signal).catch((err) => {
        // At shutdown the closing pool aborts a query that waits for a connection.
        if (!signal.aborted) log.warn({ err }, "housekeeping failed");
      });
  };
  void run();
  const timer = setInterval(run, INTERVAL_MS).unref();
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** Stops the timer and ignores the outcome of a run in progress. Call it before the database closes. */
export function stopHousekeeping(): void {
  running?.abort();
  running = undefined;
}
