import { once } from "node:events";
import { Redis } from "ioredis";
import { errorReason } from "#db/errors.ts";
import type { Log } from "#db/log.ts";

export interface RedisConnection {
  client: Redis;
  /** Settles after the first connection attempt, at the latest after COMMAND_TIMEOUT_MS. Never rejects. */
  firstAttempt: Promise<unknown>;
  /** Report the result of each command. The first failure and the recovery after it are logged. */
  reportSuccess(): void;
  reportFailure(error: unknown): void;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** The longest that a request waits for Redis. */
const COMMAND_TIMEOUT_MS = 300;
/** Longer than COMMAND_TIMEOUT_MS: ioredis keeps that timer across a reconnect, where it would close the new connection. */
const RECONNECT_DELAY_MS = 1_000;

/**
 * Connects to Redis or Valkey. Commands fail fast: nothing is queued or resent.
 * @param url redis:// or rediss://
 */
export function connectRedis(url: string, log: Log): RedisConnection {
  const client = new Redis(url, {
    connectionName: "tock",
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A frozen server keeps its connections open: close them, so that the next requests do not wait for the timeout.
    socketTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => RECONNECT_DELAY_MS,
  });
  let isAvailable = true;
  const reportFailure = (error: unknown) => {
    if (!isAvailable) return;
    isAvailable = false;
    log.warn({ reason: errorReason(error) }, "Redis unavailable: counting rate limits per process");
  };
  const reportSuccess = () => {
    if (isAvailable) return;
    isAvailable = true;
    log.info({}, "Redis available: counting rate limits across processes");
  };
  client.on("error", reportFailure);
  const firstAttempt = once(client, "ready", { signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) }).catch(
    () => undefined,
  );
  return { client, firstAttempt, reportSuccess, reportFailure };
}

/**
 * Connects to Redis or Valkey once, and sends PING.
 * @throws Error with the reason if it does not answer
 */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: CONNECT_TIMEOUT_MS,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  // The client reports the reason of a failed connection only as an event.
  let reason: Error | undefined;
  client.on("error", (error: Error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}
