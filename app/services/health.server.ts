import { pingDatabase } from "#app/repositories/health.server.ts";

/** Longer than a healthy database needs, and less than the two seconds that the contract allows `/health`. */
const PING_TIMEOUT_MS = 1_500;

/** @returns whether the database answered within 1.5 s; never throws */
export async function isHealthy(): Promise<boolean> {
  try {
    await pingDatabase(PING_TIMEOUT_MS);
    return true;
  } catch {
    return false;
  }
}
