import { isIPv4, isIPv6 } from "node:net";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import {
  closeRedis,
  memoryOrRedisLimiter,
  postgresLimiter,
  type RateLimiter,
  type RateLimitResult,
} from "#app/repositories/rate-limiters.server.ts";

const WINDOW_SECONDS = 60;

/** Whoever has been given a whole site's addresses has a /48: so many of its /64s may each use up their tries. */
const NETWORKS_PER_SITE = 4;

interface Counters {
  passwords: RateLimiter;
  sites: RateLimiter;
  emails: RateLimiter;
  tasks: RateLimiter;
}
let counters: Counters | undefined;

/** Opens what the limits count in. The first try does it too: called at start, a Redis that is away is told then. */
export function openRateLimiters(): Counters {
  const { RATE_LIMIT_AUTH_PER_MINUTE, RATE_LIMIT_TASKS_PER_MINUTE, REDIS_URL } = env();
  const limit = (name: string, points: number) => ({ name, points, windowSeconds: WINDOW_SECONDS });
  counters ??= {
    passwords: postgresLimiter(limit("password", RATE_LIMIT_AUTH_PER_MINUTE)),
    sites: postgresLimiter(limit("site", RATE_LIMIT_AUTH_PER_MINUTE * NETWORKS_PER_SITE)),
    emails: postgresLimiter(limit("email", RATE_LIMIT_AUTH_PER_MINUTE)),
    tasks: memoryOrRedisLimiter(limit("tasks", RATE_LIMIT_TASKS_PER_MINUTE), REDIS_URL, log),
  };
  return counters;
}

/** Closes it again. */
export function closeRateLimiters(): void {
  counters = undefined;
  closeRedis();
}

/**
 * Counts a try at a password, wherever it is made. An account is not locked, whatever is tried at it: that would let
 * anybody lock anybody out.
 * @param address where it comes from
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_AUTH_PER_MINUTE of one address, or four times that of an IPv6 /48;
 * DB_ERROR when it cannot be counted
 */
export async function limitPasswordAttempts(address: string): Promise<void> {
  const { passwords, sites } = openRateLimiters();
  const tries = env().RATE_LIMIT_AUTH_PER_MINUTE;
  await countAddress("password", passwords, tries, clientNetwork(address));
  const site = ipv6Prefix48(address);
  // What is refused above does not count here, so that one of its networks cannot shut out the others.
  if (site) await countAddress("password", sites, tries * NETWORKS_PER_SITE, site);
}

/**
 * Counts a change of an account's email: its answer tells whether an address has an account, as that of a sign-up does.
 * @throws AppError as limitPasswords
 */
export const limitEmailChanges = (address: string): Promise<void> =>
  countAddress("email", openRateLimiters().emails, env().RATE_LIMIT_AUTH_PER_MINUTE, clientNetwork(address));

async function countAddress(
  limit: string,
  count: RateLimiter,
  points: number,
  address: string,
): Promise<void> {
  const verdict = await count(address);
  if (verdict.allowed) return;
  if (verdict.firstRefusal) log.warn({ limit, address }, "a rate limit was reached");
  throw rateLimitError("Too many tries from your network.", points, verdict);
}

/**
 * Counts something that a user does with tasks.
 * @param user their id
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_TASKS_PER_MINUTE
 */
export async function limitTaskRequests(user: string): Promise<void> {
  const verdict = await openRateLimiters().tasks(user);
  if (verdict.allowed) return;
  if (verdict.firstRefusal) log.warn({ limit: "tasks", user }, "a rate limit was reached");
  throw rateLimitError("That was a lot in one minute.", env().RATE_LIMIT_TASKS_PER_MINUTE, verdict);
}

/** RATE_LIMITED with the time until the window ends. */
export function rateLimitError(
  reason: string,
  limit: number,
  { resetMs }: Pick<RateLimitResult, "resetMs">,
): AppError {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new AppError(
    "RATE_LIMITED",
    `${reason} Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    { retryAfterSeconds: seconds, rateLimit: limit },
  );
}

/**
 * Whom an address counts for. Whoever has one IPv6 address has all of its /64, so that is what counts; an IPv4 address
 * counts by itself, also where it is written as an IPv6 one. Proxies may add a port, which is new with each connection.
 * @returns `192.0.2.1`, `2001:db8:0:1::/64`, or `unknown` for whatever is no address
 */
export function clientNetwork(address: string): string {
  const bare = bareAddress(address);
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return "unknown";
  const groups = ipv6Groups(bare);
  const [high = 0, low = 0] = groups.slice(6);
  if (isMapped(groups)) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  return `${hex(groups.slice(0, 4))}::/64`;
}

/** The /48 of an IPv6 address, such as `2001:db8:0::/48`; undefined for any other. */
export function ipv6Prefix48(address: string): string | undefined {
  const bare = bareAddress(address);
  const groups = isIPv6(bare) ? ipv6Groups(bare) : [];
  if (groups.length === 0 || isMapped(groups)) return undefined;
  return `${hex(groups.slice(0, 3))}::/48`;
}

const bareAddress = (address: string): string =>
  address
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1");

const isMapped = (groups: number[]): boolean => groups.slice(0, 6).join() === "0,0,0,0,0,65535";

const hex = (groups: number[]): string => groups.map((group) => group.toString(16)).join(":");

/** Its eight numbers, however it is written. */
function ipv6Groups(address: string): number[] {
  // A URL writes every address in one way, but for what "::" leaves out. It takes no zone ("%eth0").
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, "")}]`);
  const [before = [], after = []] = hostname
    .slice(1, -1)
    .split("::")
    .map((part) => (part ? part.split(":") : []));
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}
