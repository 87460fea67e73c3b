import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";
import {
  type BlockingRateLimiter,
  keyPrefix,
  postgresLimiter,
  type RateLimit,
} from "./rate-limiters.server.ts";

/** Counts attempts as failures until they succeed. */
export interface FailureLimiter {
  count: BlockingRateLimiter;
  /** Takes one counted failure of the window back. */
  takeBack(key: string): Promise<void>;
}

const TAKE_BACK_SQL =
  "update rate_limit set points = points - 1 where key = ? and points > 0 and expires_at > now()";

/**
 * Counts in PostgreSQL like `postgresLimiter`. To count first and take back later keeps concurrent attempts within the
 * limit, which counting the failures afterwards would not.
 * @returns a limiter that throws AppError DB_ERROR when the database fails
 */
export function failureLimiter(limit: RateLimit): FailureLimiter {
  return {
    count: postgresLimiter(limit),
    async takeBack(key) {
      await query(() => database().raw(TAKE_BACK_SQL, [`${keyPrefix(limit.name)}:${key}`]));
    },
  };
}
