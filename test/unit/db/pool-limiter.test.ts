import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPoolLimiter, PoolExhaustedError, type PoolLimiter } from "#db/pool-limiter.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OVERFLOW_AFTER_MS = 100;

function createLimiter({ max = 2, overflow = 0, timeoutMs = 1_000 } = {}) {
  const logged: string[] = [];
  const record = (_: object, message: string) => void logged.push(message);
  const log = { info: record, warn: record, error: record };
  return { limiter: createPoolLimiter({ max, overflow, timeoutMs }, log), logged };
}

/** Requests a permit, and keeps track of the outcome. */
function acquire(limiter: PoolLimiter) {
  const caller = { state: "waiting" };
  limiter.acquire().then(
    () => (caller.state = "acquired"),
    (error) => (caller.state = error instanceof PoolExhaustedError ? "timed out" : "?"),
  );
  return caller;
}
const states = (callers: { state: string }[]) => callers.map(({ state }) => state);
const settle = () => vi.advanceTimersByTimeAsync(0);

it("the pool limiter grants `max` permits, and each released one to the next caller in order", async () => {
  const { limiter } = createLimiter();
  const callers = [1, 2, 3, 4].map(() => acquire(limiter));
  await settle();
  expect(states(callers)).toEqual(["acquired", "acquired", "waiting", "waiting"]);
  expect(limiter.inUse()).toBe(2);
  limiter.release();
  await settle();
  expect(states(callers)).toEqual(["acquired", "acquired", "acquired", "waiting"]);
  limiter.release();
  await settle();
  expect(states(callers)).toEqual(["acquired", "acquired", "acquired", "acquired"]);
  limiter.release();
  expect(limiter.inUse()).toBe(1);
  limiter.release();
  expect(limiter.inUse()).toBe(0);
});

it("the pool limiter grants a released permit to a waiting caller before a new one", async () => {
  const { limiter } = createLimiter({ max: 1 });
  const [first, second] = [acquire(limiter), acquire(limiter)];
  await settle();
  limiter.release();
  const third = acquire(limiter);
  await settle();
  expect(states([first, second, third])).toEqual(["acquired", "acquired", "waiting"]);
});

it("the pool limiter grants overflow permits after 100 ms, and new callers wait until they are released", async () => {
  const { limiter } = createLimiter({ max: 1, overflow: 2, timeoutMs: 10_000 });
  const callers = [1, 2, 3, 4].map(() => acquire(limiter));
  await vi.advanceTimersByTimeAsync(OVERFLOW_AFTER_MS - 1);
  expect(states(callers)).toEqual(["acquired", "waiting", "waiting", "waiting"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(states(callers)).toEqual(["acquired", "acquired", "acquired", "waiting"]);
  expect(limiter.inUse()).toBe(3);
  // The overflow drains first: a new caller gets no permit while two are in use.
  limiter.release();
  await settle();
  expect(states(callers)).toEqual(["acquired", "acquired", "acquired", "acquired"]);
  limiter.release();
  const late = acquire(limiter);
  await settle();
  expect(late.state).toBe("waiting");
  limiter.release();
  limiter.release();
  await settle();
  expect(late.state).toBe("acquired");
});

it("the pool limiter rejects callers after the timeout, and logs each series of rejections once", async () => {
  const { limiter, logged } = createLimiter({ max: 1, timeoutMs: 1_000 });
  const callers = [1, 2, 3].map(() => acquire(limiter));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states(callers)).toEqual(["acquired", "timed out", "timed out"]);
  expect(logged).toEqual(["connection pool exhausted"]);
  expect(limiter.inUse()).toBe(1);
  limiter.release();
  expect(limiter.inUse()).toBe(0);
  const again = [acquire(limiter), acquire(limiter)];
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states(again)).toEqual(["acquired", "timed out"]);
  expect(logged).toHaveLength(2);
});

it("the pool limiter skips a caller that timed out, and leaves no timer behind", async () => {
  const { limiter } = createLimiter({ max: 1, overflow: 1, timeoutMs: 1_000 });
  const [first, second] = [acquire(limiter), acquire(limiter)];
  await vi.advanceTimersByTimeAsync(500);
  const third = acquire(limiter);
  await vi.advanceTimersByTimeAsync(600);
  const fourth = acquire(limiter);
  await vi.advanceTimersByTimeAsync(450);
  expect(states([first, second, third, fourth])).toEqual(["acquired", "acquired", "timed out", "waiting"]);
  limiter.release();
  await settle();
  expect(fourth.state).toBe("acquired");
  limiter.release();
  limiter.release();
  expect(limiter.inUse()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
