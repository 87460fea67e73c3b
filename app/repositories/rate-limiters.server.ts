import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import RateLimiterStore from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import { database } from "#db/connection.ts";
import type { Log } from "#db/log.ts";
import { query } from "./database-errors.server.ts";
import { connectRedis, type RedisConnection } from "./redis.server.ts";

/** `points` attempts per key in a fixed window, which begins with the first attempt. */
export interface RateLimit {
  /** Prefix of the keys, which separates the limits. */
  name: string;
  points: number;
  windowSeconds: number;
}

/** The result of one attempt. */
export interface RateLimitResult {
  allowed: boolean;
  /** Attempts per window that were allowed to this process. */
  limit: number;
  /** Time until the window ends. */
  resetMs: number;
  /** Whether this is the first rejection of the window, which is the one to log. */
  isFirstRejection: boolean;
}

/** Counts one attempt of a key. */
export type RateLimiter = (key: string) => Promise<RateLimitResult>;

/** A limiter that rejects a key from memory once its limit is exceeded. */
export interface BlockingRateLimiter extends RateLimiter {
  /** Returns the rejection of a key that is rejected from memory, without counting; undefined for other keys. */
  findRejection(key: string): RateLimitResult | undefined;
}

/** The prefix of a limit's keys; a colon follows. */
export const keyPrefix = (name: string): string => `tock:${name}`;

const options = ({ name, points, windowSeconds }: RateLimit) => ({
  keyPrefix: keyPrefix(name),
  points,
  duration: windowSeconds,
});

async function consume(limiter: RateLimiterAbstract, key: string): Promise<RateLimitResult> {
  try {
    const { msBeforeNext } = await limiter.consume(key);
    return { allowed: true, limit: limiter.points, resetMs: msBeforeNext, isFirstRejection: false };
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    const isFirstRejection = rejection.consumedPoints === limiter.points + 1;
    return { allowed: false, limit: limiter.points, resetMs: rejection.msBeforeNext, isFirstRejection };
  }
}

interface Row {
  points: number;
  left_ms: number;
}

/**
 * A window that ends later than a new one was opened before the clock was set back: without this limit it would stay open
 * until the clock is there again. The tolerance is for attempts at the same time, which wait for each other.
 */
const IS_OPEN =
  "counted.expires_at > now() and counted.expires_at < excluded.expires_at + interval '10 seconds'";

/*
 * One statement, so concurrent attempts get different counts. It uses PostgreSQL's clock, because the clocks of the
 * processes may differ.
 */
const COUNT_SQL = `
  insert into rate_limit as counted (key, points, expires_at)
  values (?, ?, now() + ? * interval '1 millisecond')
  on conflict (key) do update set
    points = excluded.points + case when ${IS_OPEN} then counted.points else 0 end,
    expires_at = case when ${IS_OPEN} then counted.expires_at else excluded.expires_at end
  returning points, ceil(extract(epoch from expires_at - now()) * 1000)::int as left_ms`;

/** The library's own PostgreSQL store would bypass the pool limiter, the circuit breaker and the timeouts. */
class PostgresLimiter extends RateLimiterStore<Row> {
  protected override async _upsert(key: string, points: number, windowMs: number): Promise<Row> {
    const { rows } = await query(() => database().raw(COUNT_SQL, [key, points, windowMs]));
    return rows[0];
  }

  protected override _getRateLimiterRes(_key: string, added: number, { points, left_ms }: Row) {
    return new RateLimiterRes(Math.max(0, this.points - points), left_ms, points, points === added);
  }
}

const PURGE_INTERVAL_MS = 60_000;
const PURGE_ROWS_MAX = 10_000;
const PURGE_SQL = `
  delete from rate_limit where key = any(array(
    select key from rate_limit where expires_at <= now() order by expires_at limit ? for update skip locked
  ))`;
let purgedAt = Number.NEGATIVE_INFINITY;

/**
 * Removes expired windows in the background, at most once a minute unless more remain. After a failure the next run tries
 * again.
 */
function purgeExpiredWindows(): void {
  const now = performance.now();
  if (now - purgedAt < PURGE_INTERVAL_MS) return;
  purgedAt = now;
  database()
    .raw(PURGE_SQL, [PURGE_ROWS_MAX])
    .then(({ rowCount }) => {
      // More may have expired: the next attempt continues.
      if (rowCount === PURGE_ROWS_MAX) purgedAt = Number.NEGATIVE_INFINITY;
    })
    .catch(() => undefined);
}

/**
 * Counts in PostgreSQL: exact across processes and restarts. A rejected key is rejected from memory until its window
 * ends, so a flood does not reach the database.
 * @returns a limiter that throws AppError DB_ERROR when the database fails
 */
export function postgresLimiter(limit: RateLimit): BlockingRateLimiter {
  const limiter = new PostgresLimiter({ ...options(limit), inMemoryBlockOnConsumed: limit.points + 1 });
  const count = async (key: string) => {
    const result = await consume(limiter, key);
    purgeExpiredWindows();
    return result;
  };
  const findRejection = (key: string) => {
    const resetMs = limiter.getInMemoryBlockMsBeforeExpire(limiter.getKey(key));
    return resetMs > 0
      ? { allowed: false, limit: limiter.points, resetMs, isFirstRejection: false }
      : undefined;
  };
  return Object.assign(count, { findRejection });
}

let redis: RedisConnection | undefined;

/**
 * Counts in this process or, with a Redis URL, across all processes. While Redis is unavailable each process counts
 * separately, so no request fails or waits because of a limit.
 * @param options.pointsInMemory this process's share of the limit while it counts by itself
 * @param options.redisUrl redis:// or rediss://
 */
export function memoryOrRedisLimiter(
  limit: RateLimit,
  { pointsInMemory, redisUrl, log }: { pointsInMemory: number; redisUrl: string | undefined; log: Log },
): RateLimiter {
  const memory = new RateLimiterMemory(options({ ...limit, points: pointsInMemory }));
  if (!redisUrl) return (key) => consume(memory, key);
  redis ??= connectRedis(redisUrl, log);
  const { client, firstAttempt, reportSuccess, reportFailure } = redis;
  const shared = new RateLimiterRedis({
    ...options(limit),
    storeClient: client,
    rejectIfRedisNotReady: true,
  });
  return async (key) => {
    await firstAttempt;
    try {
      const result = await consume(shared, key);
      reportSuccess();
      return result;
    } catch (error) {
      reportFailure(error);
      return consume(memory, key);
    }
  };
}

/** Closes the connection to Redis, if there is one. */
export function closeRedis(): void {
  redis?.client.disconnect();
  redis = undefined;
}
