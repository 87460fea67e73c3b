import { pingDatabase } from "#app/repositories/health.server.ts";

/** Longer than a healthy database needs, and less than the two seconds within which `/health` has to answer. */
const PING_TIMEOUT_MS = 1_500;

/** How long a result is reused, so that probes, which have no rate limit, cannot keep connections busy. */
const REUSE_MS = 500;

async function ping(): Promise<boolean> {
  try {
    await pingDatabase(PING_TIMEOUT_MS);
    return true;
  } catch {
    return false;
  }
}

let latest: Promise<boolean> | undefined;

/**
 * Concurrent calls share one ping. Its result is reused for 0.5 s.
 * @returns whether the database answered within 1.5 s; never rejects
 */
export function isHealthy(): Promise<boolean> {
  latest ??= ping().finally(() => {
    setTimeout(() => {
      latest = undefined;
    }, REUSE_MS).unref();
  });
  return latest;
}
