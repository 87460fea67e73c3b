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

it("reacquire waits for a released permit, ahead of later callers, while the server refuses further connections", async () => {
  const { limiter, logged } = createLimiter({ max: 4, overflow: 2, timeoutMs: 10_000 });
  const early = performance.now();
  await Promise.all([1, 2, 3, 4].map(() => limiter.acquire()));
  await vi.advanceTimersByTimeAsync(10);
  const late = acquire(limiter);
  // The server has slots for two of the four connections.
  const refused = [limiter.reacquire(early), limiter.reacquire(early)];
  const order: string[] = [];
  for (const [index, waiting] of refused.entries())
    void waiting.then(() => order.push(`refused ${index + 1}`));
  await vi.advanceTimersByTimeAsync(500);
  expect([limiter.inUse(), order, late.state]).toEqual([2, [], "waiting"]);
  limiter.release();
  await settle();
  expect([order, late.state]).toEqual([["refused 1"], "waiting"]);
  limiter.release();
  await settle();
  expect(order).toEqual(["refused 1", "refused 2"]);
  // The limit doubles after one second, so that the pool uses slots that have become free.
  await vi.advanceTimersByTimeAsync(499);
  expect([limiter.inUse(), late.state]).toEqual([2, "waiting"]);
  await vi.advanceTimersByTimeAsync(1);
  expect([limiter.inUse(), late.state]).toEqual([3, "acquired"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(logged).toEqual([]);
});

it("reacquire rejects a caller after the timeout since it began to wait", async () => {
  const { limiter } = createLimiter({ max: 2, timeoutMs: 1_000 });
  const startedAt = performance.now();
  await Promise.all([limiter.acquire(), limiter.acquire()]);
  await vi.advanceTimersByTimeAsync(600);
  const outcome = expect(limiter.reacquire(startedAt)).rejects.toThrow(PoolExhaustedError);
  await vi.advanceTimersByTimeAsync(400);
  await outcome;
  expect(limiter.inUse()).toBe(1);
});
