import { pingDatabase } from "#app/repositories/health.server.ts";

/** Longer than a healthy database ever takes, and within the two seconds that a probe is promised. */
const PATIENCE_MS = 1_500;

/** @returns whether the database answered within 1.5 s; never throws */
export async function isHealthy(): Promise<boolean> {
  try {
    await pingDatabase(PATIENCE_MS);
    return true;
  } catch {
    return false;
  }
}
