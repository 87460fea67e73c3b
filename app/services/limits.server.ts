import { isIPv4, isIPv6 } from "node:net";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import {
  type Counter,
  closeCounters,
  durableCounter,
  quickCounter,
  type Verdict,
} from "#app/repositories/rate-limits.server.ts";

const WINDOW_SECONDS = 60;

interface Counters {
  passwords: Counter;
  tasks: Counter;
}
let counters: Counters | undefined;

/** Opens what the limits count in. The first try does it too: called at start, a Redis that is away is told then. */
export function openLimits(): Counters {
  const { RATE_LIMIT_AUTH_PER_MINUTE, RATE_LIMIT_TASKS_PER_MINUTE, REDIS_URL } = env();
  const limit = (name: string, points: number) => ({ name, points, windowSeconds: WINDOW_SECONDS });
  counters ??= {
    passwords: durableCounter(limit("password", RATE_LIMIT_AUTH_PER_MINUTE)),
    tasks: quickCounter(limit("tasks", RATE_LIMIT_TASKS_PER_MINUTE), REDIS_URL, log),
  };
  return counters;
}

/** Closes it again. */
export function closeLimits(): void {
  counters = undefined;
  closeCounters();
}

/**
 * Counts a try at a password, wherever it is made. An account is not locked, whatever is tried at it: that would let
 * anybody lock anybody out.
 * @param address where it comes from
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_AUTH_PER_MINUTE of one address; DB_ERROR when it cannot be counted
 */
export async function limitPasswords(address: string): Promise<void> {
  const key = addressKey(address);
  const verdict = await openLimits().passwords(key);
  if (verdict.allowed) return;
  if (verdict.firstRefusal) log.warn({ limit: "password", address: key }, "a rate limit was reached");
  throw refusal("Too many tries from your network.", env().RATE_LIMIT_AUTH_PER_MINUTE, verdict);
}

/**
 * Counts something that a user does with tasks.
 * @param user their id
 * @throws AppError RATE_LIMITED beyond RATE_LIMIT_TASKS_PER_MINUTE
 */
export async function limitTasks(user: string): Promise<void> {
  const verdict = await openLimits().tasks(user);
  if (verdict.allowed) return;
  if (verdict.firstRefusal) log.warn({ limit: "tasks", user }, "a rate limit was reached");
  throw refusal("That was a lot in one minute.", env().RATE_LIMIT_TASKS_PER_MINUTE, verdict);
}

/** Headers as in the IETF's draft-ietf-httpapi-ratelimit-headers-06. */
function refusal(reason: string, limit: number, { resetMs }: Verdict): AppError {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new AppError(
    "RATE_LIMITED",
    `${reason} Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    {
      headers: {
        "Retry-After": String(seconds),
        "RateLimit-Limit": String(limit),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": String(seconds),
      },
    },
  );
}

/**
 * Whom an address counts for. Whoever has one IPv6 address has all of its /64, so that is what counts; an IPv4 address
 * counts by itself, also where it is written as an IPv6 one. Proxies may add a port, which is new with each connection.
 * @returns `192.0.2.1`, `2001:db8:0:1::/64`, or `unknown` for whatever is no address
 */
export function addressKey(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1");
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return "unknown";
  const groups = ipv6Groups(bare);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 6).join() === "0,0,0,0,0,65535")
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

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
