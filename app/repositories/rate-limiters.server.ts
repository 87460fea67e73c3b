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

/** So many tries for each key, in a window that begins with the first of them. */
export interface RateLimit {
  /** Keeps the keys of one limit apart from those of another. */
  name: string;
  points: number;
  windowSeconds: number;
}

/** What became of one try. */
export interface RateLimitResult {
  allowed: boolean;
  /** Until the window ends. */
  resetMs: number;
  /** Whether it is the one refusal of this window that shall be told. */
  firstRefusal: boolean;
}

/** Counts one try of a key. */
export type RateLimiter = (key: string) => Promise<RateLimitResult>;

const options = ({ name, points, windowSeconds }: RateLimit) => ({
  keyPrefix: `tock:${name}`,
  points,
  duration: windowSeconds,
});

async function attempt(limiter: RateLimiterAbstract, key: string): Promise<RateLimitResult> {
  try {
    const { msBeforeNext } = await limiter.consume(key);
    return { allowed: true, resetMs: msBeforeNext, firstRefusal: false };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const firstRefusal = refusal.consumedPoints === limiter.points + 1;
    return { allowed: false, resetMs: refusal.msBeforeNext, firstRefusal };
  }
}

interface Row {
  points: number;
  left_ms: number;
}

/*
 * One statement, so that of any number at once each gets a count of its own, and PostgreSQL's clock, so that processes
 * need not agree on theirs.
 */
const COUNT_SQL = `
  insert into rate_limit as counted (key, points, expires_at)
  values (?, ?, now() + ? * interval '1 millisecond')
  on conflict (key) do update set
    points = excluded.points + case when counted.expires_at > now() then counted.points else 0 end,
    expires_at = case when counted.expires_at > now() then counted.expires_at else excluded.expires_at end
  returning points, ceil(extract(epoch from expires_at - now()) * 1000)::int as left_ms`;

/** The library's own store for PostgreSQL would take connections past pool, breaker and time limits. */
class PostgresLimiter extends RateLimiterStore<Row> {
  protected override async _upsert(key: string, points: number, windowMs: number): Promise<Row> {
    const { rows } = await query(() => database().raw(COUNT_SQL, [key, points, windowMs]));
    return rows[0];
  }

  protected override _getRateLimiterRes(_key: string, added: number, { points, left_ms }: Row) {
    return new RateLimiterRes(Math.max(0, this.points - points), left_ms, points, points === added);
  }
}

const SWEEP_EVERY_MS = 60_000;
const SWEEP_ROWS = 10_000;
const SWEEP_SQL = `
  delete from rate_limit where key = any(array(
    select key from rate_limit where expires_at <= now() order by expires_at limit ? for update skip locked
  ))`;
let sweptAt = 0;

/** Removes windows that have ended, once a minute at most. Nobody waits for it, and the next one makes up for a failure. */
function sweepSometimes(): void {
  const now = Date.now();
  if (now - sweptAt < SWEEP_EVERY_MS) return;
  sweptAt = now;
  database()
    .raw(SWEEP_SQL, [SWEEP_ROWS])
    .catch(() => undefined);
}

/**
 * Counts in PostgreSQL: exact over all processes, and kept over their restarts. A key that was refused is refused from
 * memory until its window ends, so that a flood does not reach the database.
 * @returns a counter that throws AppError DB_ERROR when the database fails
 */
export function postgresLimiter(limit: RateLimit): RateLimiter {
  const limiter = new PostgresLimiter({ ...options(limit), inMemoryBlockOnConsumed: limit.points + 1 });
  return async (key) => {
    const verdict = await attempt(limiter, key);
    sweepSometimes();
    return verdict;
  };
}

let redis: RedisConnection | undefined;

/**
 * Counts in this process or, given a Redis, for all processes that share it. Without an answer from it each process
 * counts by itself, so that no request fails or waits because of a limit.
 * @param redisUrl redis:// or rediss://
 */
export function memoryOrRedisLimiter(limit: RateLimit, redisUrl: string | undefined, log: Log): RateLimiter {
  const memory = new RateLimiterMemory(options(limit));
  if (!redisUrl) return (key) => attempt(memory, key);
  redis ??= connectRedis(redisUrl, log);
  const { client, tried, answered, failed } = redis;
  const shared = new RateLimiterRedis({
    ...options(limit),
    storeClient: client,
    rejectIfRedisNotReady: true,
  });
  return async (key) => {
    await tried;
    try {
      const verdict = await attempt(shared, key);
      answered();
      return verdict;
    } catch (error) {
      failed(error);
      return attempt(memory, key);
    }
  };
}

/** Closes the connection to Redis, if there is one. */
export function closeRedis(): void {
  redis?.client.disconnect();
  redis = undefined;
}
