import { env, shareOfLimit } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import {
  closeRedis,
  memoryOrRedisLimiter,
  postgresLimiter,
  type RateLimiter,
  type RateLimitResult,
} from "#app/repositories/rate-limiters.server.ts";
import { clientNetwork, ipv6Prefix48 } from "./client-network.server.ts";
import { runDuringCheck } from "./run-during-check.server.ts";

const WINDOW_SECONDS = 60;

/** Mails with a link, per account and per address that they are sent to: they must not flood a mailbox. */
const MAILS_PER_HOUR = 5;
const HOUR_SECONDS = 60 * 60;

/** The owner of a /48 controls 65,536 /64 networks. They share the attempts of four. */
const NETWORKS_PER_PREFIX48 = 4;

/** A visit of a page costs more requests than a change: the page, its data after a change, its data on return. */
const SESSION_REQUESTS_PER_TASK_REQUEST = 3;

/** Many users with tokens may share a network, and their first requests after a restart come together. */
const TOKEN_LOOKUPS_PER_TASK_REQUEST = 3;

interface Limiters {
  passwords: RateLimiter;
  prefixes48: RateLimiter;
  emails: RateLimiter;
  resets: RateLimiter;
  mails: RateLimiter;
  tasks: RateLimiter;
  sessions: RateLimiter;
  tokenLookups: RateLimiter;
}
let limiters: Limiters | undefined;

/** Creates the limiters, or returns them. Called at start too, so that an unavailable Redis is logged then. */
export function openRateLimiters(): Limiters {
  if (limiters) return limiters;
  const { RATE_LIMIT_AUTH_PER_MINUTE, RATE_LIMIT_TASKS_PER_MINUTE, REDIS_URL } = env();
  const limit = (name: string, points: number) => ({ name, points, windowSeconds: WINDOW_SECONDS });
  const sessionRequests = RATE_LIMIT_TASKS_PER_MINUTE * SESSION_REQUESTS_PER_TASK_REQUEST;
  const tokenLookups = RATE_LIMIT_TASKS_PER_MINUTE * TOKEN_LOOKUPS_PER_TASK_REQUEST;
  const sharing = (points: number) => ({ pointsInMemory: shareOfLimit(points), redisUrl: REDIS_URL, log });
  limiters = {
    passwords: postgresLimiter(limit("password", RATE_LIMIT_AUTH_PER_MINUTE)),
    prefixes48: postgresLimiter(limit("prefix48", RATE_LIMIT_AUTH_PER_MINUTE * NETWORKS_PER_PREFIX48)),
    emails: postgresLimiter(limit("email", RATE_LIMIT_AUTH_PER_MINUTE)),
    resets: postgresLimiter(limit("reset", RATE_LIMIT_AUTH_PER_MINUTE)),
    mails: postgresLimiter({ name: "mail", points: MAILS_PER_HOUR, windowSeconds: HOUR_SECONDS }),
    tasks: memoryOrRedisLimiter(
      limit("tasks", RATE_LIMIT_TASKS_PER_MINUTE),
      sharing(RATE_LIMIT_TASKS_PER_MINUTE),
    ),
    sessions: memoryOrRedisLimiter(limit("session", sessionRequests), sharing(sessionRequests)),
    tokenLookups: memoryOrRedisLimiter(limit("token", tokenLookups), sharing(tokenLookups)),
  };
  return limiters;
}

/** Closes the connection to Redis and forgets the limiters. */
export function closeRateLimiters(): void {
  limiters = undefined;
  closeRedis();
}

/**
 * Counts an attempt to use a password, on any path. Accounts are never locked: an attacker could lock out their owners.
 * @param address the client's
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_AUTH_PER_MINUTE of one network, or four times that of an IPv6 /48;
 * DB_ERROR when the attempt cannot be counted
 */
export const limitPasswordAttempts = (address: string): Promise<void> =>
  withPasswordAttempt(address, async () => undefined);

/**
 * Counts an attempt as `limitPasswordAttempts`, and runs `work` during the last count, which saves a round trip.
 * @returns the result of `work`
 * @throws AppError as `limitPasswordAttempts`; the error of `work`
 */
export async function withPasswordAttempt<T>(address: string, work: () => Promise<T>): Promise<T> {
  const { passwords, prefixes48 } = openRateLimiters();
  const prefix48 = ipv6Prefix48(address);
  let count = countNetwork("password", passwords, clientNetwork(address));
  if (prefix48) {
    // Attempts that are rejected here do not count for the /48, so one /64 cannot lock out the others.
    await count;
    count = countNetwork("password", prefixes48, prefix48);
  }
  const [, result] = await runDuringCheck(count, work);
  return result;
}

/**
 * Counts a change of an account's email. Like a sign-up, the response reveals whether an address has an account.
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export const limitEmailChanges = (address: string): Promise<void> =>
  countNetwork("email", openRateLimiters().emails, clientNetwork(address));

/**
 * Counts a request for a new password, by a client that may not know the account.
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export const limitResetRequests = (address: string): Promise<void> =>
  countNetwork("reset", openRateLimiters().resets, clientNetwork(address));

/**
 * Counts a mail with a link.
 * @param key the id of the account, or a pseudonym of the address
 * @throws AppError RATE_LIMITED beyond five per hour; DB_ERROR
 */
export async function limitMails(key: string): Promise<void> {
  const result = await openRateLimiters().mails(key);
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn({ limit: "mail", key }, "rate limit exceeded");
  throw rateLimitError("mail", "That was a lot of mails in one hour.", result);
}

async function countNetwork(name: string, limiter: RateLimiter, address: string): Promise<void> {
  const result = await limiter(address);
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn({ limit: name, address }, "rate limit exceeded");
  throw rateLimitError(name, "That was a lot of attempts from your network.", result);
}

/**
 * Counts a request to the task API, or a task form.
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_TASKS_PER_MINUTE, or beyond its share of it without Redis
 */
export async function limitTaskRequests(userId: string): Promise<void> {
  const result = await openRateLimiters().tasks(userId);
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn({ limit: "tasks", user: userId }, "rate limit exceeded");
  throw rateLimitError("tasks", "That was a lot in one minute.", result);
}

/**
 * Counts a request for a page, or of the account API. Per session and not per user: a flood with a stolen token must not
 * keep the owner from ending its session.
 * @throws AppError RATE_LIMITED beyond three times RATE_LIMIT_TASKS_PER_MINUTE
 */
export async function limitSessionRequests(sessionId: string): Promise<void> {
  const result = await openRateLimiters().sessions(sessionId);
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn({ limit: "session", session: sessionId }, "rate limit exceeded");
  throw rateLimitError("session", "That was a lot in one minute.", result);
}

/**
 * Counts a query for the token of a link, or for a personal access token that this process does not know, so that made-up
 * tokens cannot flood the database. They cannot be guessed.
 * @param address the client's
 * @throws AppError RATE_LIMITED beyond three times RATE_LIMIT_TASKS_PER_MINUTE of one network
 */
export async function limitTokenLookups(address: string): Promise<void> {
  const result = await openRateLimiters().tokenLookups(clientNetwork(address));
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn({ limit: "token", address }, "rate limit exceeded");
  throw rateLimitError("token", "Your network has tried a lot of links or access tokens.", result);
}

let observe: ((limit: string) => void) | undefined;

/** Calls `observer` with the name of the limit for each request that a limit rejects. */
export function observeRejections(observer: (limit: string) => void): void {
  observe = observer;
}

/**
 * An AppError RATE_LIMITED whose message ends with the time until the window ends. It counts as a rejection.
 * @param name of the limit, as in the log
 * @param result.limit requests per window
 */
export function rateLimitError(
  name: string,
  reason: string,
  { limit, resetMs }: Pick<RateLimitResult, "limit" | "resetMs">,
): AppError {
  observe?.(name);
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new AppError("RATE_LIMITED", `${reason} Try again in ${inWords(seconds)}.`, {
    retryAfterSeconds: seconds,
    rateLimit: limit,
  });
}

const MINUTES_FROM_SECONDS = 120;

function inWords(seconds: number): string {
  if (seconds <= MINUTES_FROM_SECONDS) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
