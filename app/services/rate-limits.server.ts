import { env, shareOfLimit } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import {
  type BlockingRateLimiter,
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

/** The limits of one network, and of the IPv6 /48 that it is part of. */
interface NetworkLimiters {
  networks: RateLimiter;
  prefixes48: BlockingRateLimiter;
}

interface Limiters {
  passwords: NetworkLimiters;
  emails: RateLimiter;
  resets: NetworkLimiters;
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
  const networkLimiters = (name: string, name48: string): NetworkLimiters => ({
    networks: postgresLimiter(limit(name, RATE_LIMIT_AUTH_PER_MINUTE)),
    prefixes48: postgresLimiter(limit(name48, RATE_LIMIT_AUTH_PER_MINUTE * NETWORKS_PER_PREFIX48)),
  });
  const sessionRequests = RATE_LIMIT_TASKS_PER_MINUTE * SESSION_REQUESTS_PER_TASK_REQUEST;
  const tokenLookups = RATE_LIMIT_TASKS_PER_MINUTE * TOKEN_LOOKUPS_PER_TASK_REQUEST;
  const sharing = (points: number) => ({ pointsInMemory: shareOfLimit(points), redisUrl: REDIS_URL, log });
  limiters = {
    passwords: networkLimiters("password", "prefix48"),
    emails: postgresLimiter(limit("email", RATE_LIMIT_AUTH_PER_MINUTE)),
    resets: networkLimiters("reset", "reset48"),
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
 * @param ipAddress the client's
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_AUTH_PER_MINUTE of one network, or four times that of an IPv6 /48;
 * DB_ERROR when the attempt cannot be counted
 */
export const limitPasswordAttempts = (ipAddress: string): Promise<void> =>
  withPasswordAttempt(ipAddress, async () => undefined);

/**
 * Counts an attempt as `limitPasswordAttempts`, and runs `work` during the last count, which saves a round trip.
 * @returns the result of `work`
 * @throws AppError as `limitPasswordAttempts`; the error of `work`
 */
export const withPasswordAttempt = <T>(ipAddress: string, work: () => Promise<T>): Promise<T> =>
  withNetworkCounts("password", { ...openRateLimiters().passwords, ipAddress, work });

/**
 * Counts a request for a new password, by a client that may not know the account.
 * @throws AppError RATE_LIMITED as `limitPasswordAttempts`; DB_ERROR
 */
export const limitResetRequests = (ipAddress: string): Promise<void> =>
  withNetworkCounts("reset", { ...openRateLimiters().resets, ipAddress, work: async () => undefined });

/** Counts an attempt for its network, then for the /48 of an IPv6 address, and runs `work` during the last count. */
async function withNetworkCounts<T>(
  name: string,
  { networks, prefixes48, ipAddress, work }: NetworkLimiters & { ipAddress: string; work: () => Promise<T> },
): Promise<T> {
  const network = clientNetwork(ipAddress);
  const prefix48 = ipv6Prefix48(ipAddress);
  if (prefix48 === undefined) return (await runDuringCheck(countNetwork(name, networks, network), work))[1];
  // Each of its 65,536 networks would add a row to the table.
  const rejection = prefixes48.findRejection(prefix48);
  if (rejection) assertAllowed(rejection, NETWORK_REASON, { limit: name, address: prefix48 });
  // Attempts that are rejected here do not count for the /48, so one /64 cannot lock out the others.
  await countNetwork(name, networks, network);
  return (await runDuringCheck(countNetwork(name, prefixes48, prefix48), work))[1];
}

/**
 * Counts a change of an account's email. Like a sign-up, the response reveals whether an address has an account.
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export const limitEmailChanges = (ipAddress: string): Promise<void> =>
  countNetwork("email", openRateLimiters().emails, clientNetwork(ipAddress));

const countNetwork = (name: string, limiter: RateLimiter, network: string): Promise<void> =>
  count(limiter, network, NETWORK_REASON, { limit: name, address: network });

/**
 * Counts a mail with a link.
 * @param key the id of the account, or a pseudonym of the address
 * @throws AppError RATE_LIMITED beyond five per hour; DB_ERROR
 */
export const limitMails = (key: string): Promise<void> =>
  count(openRateLimiters().mails, key, "That was a lot of mails in one hour.", { limit: "mail", key });

/**
 * Counts a request to the task API, or a task form.
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_TASKS_PER_MINUTE, or beyond its share of it without Redis
 */
export const limitTaskRequests = (userId: string): Promise<void> =>
  count(openRateLimiters().tasks, userId, IN_ONE_MINUTE, { limit: "tasks", user: userId });

/**
 * Counts a request for a page, or of the account API. Per session and not per user: a flood with a stolen token must not
 * keep the owner from ending its session.
 * @throws AppError RATE_LIMITED beyond three times RATE_LIMIT_TASKS_PER_MINUTE
 */
export const limitSessionRequests = (sessionId: string): Promise<void> =>
  count(openRateLimiters().sessions, sessionId, IN_ONE_MINUTE, { limit: "session", session: sessionId });

/**
 * Counts a query for the token of a link, or for a personal access token that this process does not know, so that made-up
 * tokens cannot flood the database. They cannot be guessed.
 * @param ipAddress the client's
 * @throws AppError RATE_LIMITED beyond three times RATE_LIMIT_TASKS_PER_MINUTE of one network
 */
export function limitTokenLookups(ipAddress: string): Promise<void> {
  const reason = "Your network has tried a lot of links or access tokens.";
  const network = clientNetwork(ipAddress);
  return count(openRateLimiters().tokenLookups, network, reason, { limit: "token", address: network });
}

const NETWORK_REASON = "That was a lot of attempts from your network.";
const IN_ONE_MINUTE = "That was a lot in one minute.";

async function count(limiter: RateLimiter, key: string, reason: string, fields: LimitFields): Promise<void> {
  assertAllowed(await limiter(key), reason, fields);
}

/** The name of a limit and whom it counted, as logged once per window. */
export type LimitFields = Record<string, string> & { limit: string };

/**
 * Rejects a request that a limit does not allow, and logs the first one of a window.
 * @param reason the sentence before the time to wait
 * @throws AppError RATE_LIMITED
 */
export function assertAllowed(result: RateLimitResult, reason: string, fields: LimitFields): void {
  if (result.allowed) return;
  if (result.isFirstRejection) log.warn(fields, "rate limit exceeded");
  throw rateLimitError(fields.limit, reason, result);
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
