import { once } from "node:events";
import { Redis } from "ioredis";
import type { Log } from "#db/log.ts";

export interface RedisConnection {
  client: Redis;
  /** Settles once it is connected, or clearly not yet. Never rejects. */
  tried: Promise<unknown>;
  /** Says how an exchange went. Tells the log when Redis goes and when it is back, once each. */
  answered(): void;
  failed(error: unknown): void;
}

const CONNECT_MS = 2_000;
/** Somebody's request waits for this long at most. */
const COMMAND_MS = 300;
/** Longer than COMMAND_MS: ioredis leaves that timer running over a reconnect, and it would cut the new connection. */
const RECONNECT_MS = 1_000;

/**
 * A connection to Redis or Valkey that nobody ever has to wait for: what cannot be sent or answered at once fails.
 * @param url redis:// or rediss://
 */
export function connectRedis(url: string, log: Log): RedisConnection {
  const client = new Redis(url, {
    connectionName: "tock",
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    // A frozen server keeps its connection: cut it, so that the next requests need not find out for themselves.
    socketTimeout: COMMAND_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => RECONNECT_MS,
  });
  let away = false;
  const failed = (error: unknown) => {
    if (away) return;
    away = true;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason }, "Redis is away: each process counts by itself until it is back");
  };
  const answered = () => {
    if (!away) return;
    away = false;
    log.info({}, "Redis is back, and counts for all again");
  };
  client.on("error", failed);
  const tried = once(client, "ready", { signal: AbortSignal.timeout(COMMAND_MS) }).catch(() => undefined);
  return { client, tried, answered, failed };
}
