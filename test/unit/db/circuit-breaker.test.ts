import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type CircuitBreaker, CircuitOpenError, createCircuitBreaker } from "#db/circuit-breaker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PROBE_INTERVAL_MS = 500;
const OPENED = "circuit breaker opened: database unavailable";
const CLOSED = "circuit breaker closed: database available";
const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

function createBreaker(onProbe: () => Promise<void>) {
  const logged: string[] = [];
  const record = (_: object, message: string) => void logged.push(message);
  const probe = vi.fn(onProbe);
  return {
    breaker: createCircuitBreaker(probe, { info: record, warn: record, error: record }),
    logged,
    probe,
  };
}

const isOpen = (breaker: CircuitBreaker) => {
  try {
    breaker.assertClosed();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(CircuitOpenError);
    return true;
  }
};

async function fail(breaker: CircuitBreaker, times: number) {
  for (let time = 0; time < times; time++) {
    breaker.recordFailure(refused);
    await vi.advanceTimersByTimeAsync(0);
  }
}

it("the circuit breaker opens after three consecutive failures; a success resets the count", async () => {
  const { breaker, logged } = createBreaker(() => Promise.reject(refused));
  await fail(breaker, 2);
  breaker.recordSuccess();
  await fail(breaker, 2);
  expect(isOpen(breaker)).toBe(false);
  expect(breaker.lastOpenedAt()).toBeUndefined();
  await fail(breaker, 1);
  expect(isOpen(breaker)).toBe(true);
  expect(breaker.lastOpenedAt()).toBe(performance.now());
  expect(logged).toEqual([OPENED]);
  breaker.stop();
});

it("an open circuit breaker probes at intervals without logging, and closes at the first response", async () => {
  let isBack = false;
  const { breaker, logged, probe } = createBreaker(() =>
    isBack ? Promise.resolve() : Promise.reject(refused),
  );
  await fail(breaker, 3);
  const openedAt = breaker.lastOpenedAt();
  await fail(breaker, 50);
  await vi.advanceTimersByTimeAsync(4 * PROBE_INTERVAL_MS);
  expect(probe).toHaveBeenCalledTimes(4);
  expect(isOpen(breaker)).toBe(true);
  expect(logged).toEqual([OPENED]);
  // A late response does not close it.
  breaker.recordSuccess();
  expect(isOpen(breaker)).toBe(true);
  isBack = true;
  await vi.advanceTimersByTimeAsync(PROBE_INTERVAL_MS);
  expect(isOpen(breaker)).toBe(false);
  expect(breaker.lastOpenedAt()).toBe(openedAt);
  expect(logged).toEqual([OPENED, CLOSED]);
  await vi.advanceTimersByTimeAsync(10 * PROBE_INTERVAL_MS);
  expect(probe).toHaveBeenCalledTimes(5);
  expect(vi.getTimerCount()).toBe(0);
});

it("the circuit breaker stays open during a probe, and sends no second one", async () => {
  let respond: () => void = () => undefined;
  const { breaker, probe } = createBreaker(() => new Promise((resolve) => (respond = resolve)));
  await fail(breaker, 3);
  await vi.advanceTimersByTimeAsync(20 * PROBE_INTERVAL_MS);
  expect(probe).toHaveBeenCalledTimes(1);
  expect(isOpen(breaker)).toBe(true);
  respond();
  await vi.advanceTimersByTimeAsync(0);
  expect(isOpen(breaker)).toBe(false);
});

it("an open circuit breaker closes at the first response even if the wall clock steps back by an hour", async () => {
  const { breaker, probe } = createBreaker(() => Promise.resolve());
  await fail(breaker, 3);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(PROBE_INTERVAL_MS);
  expect(probe).toHaveBeenCalledTimes(1);
  expect(isOpen(breaker)).toBe(false);
});

it("the circuit breaker logs every outage", async () => {
  const { breaker, logged } = createBreaker(() => Promise.resolve());
  await fail(breaker, 3);
  await vi.advanceTimersByTimeAsync(PROBE_INTERVAL_MS);
  await fail(breaker, 3);
  await vi.advanceTimersByTimeAsync(PROBE_INTERVAL_MS);
  expect(logged).toEqual([OPENED, CLOSED, OPENED, CLOSED]);
});

it("a stopped circuit breaker does not probe", async () => {
  const { breaker, probe } = createBreaker(() => Promise.reject(refused));
  await fail(breaker, 3);
  breaker.stop();
  await vi.advanceTimersByTimeAsync(20 * PROBE_INTERVAL_MS);
  expect(probe).not.toHaveBeenCalled();
});

it("a circuit breaker that is stopped during a probe does not probe again", async () => {
  let failProbe: (error: Error) => void = () => undefined;
  const { breaker, probe } = createBreaker(() => new Promise((_, reject) => (failProbe = reject)));
  await fail(breaker, 3);
  await vi.advanceTimersByTimeAsync(PROBE_INTERVAL_MS);
  breaker.stop();
  failProbe(refused);
  await vi.advanceTimersByTimeAsync(20 * PROBE_INTERVAL_MS);
  expect(probe).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it("assertResponsive rejects a caller only if the server was silent for four seconds of its wait", async () => {
  const { breaker } = createBreaker(() => Promise.resolve());
  const startedAt = performance.now();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(() => breaker.assertResponsive(startedAt)).not.toThrow();
  await vi.advanceTimersByTimeAsync(1);
  expect(() => breaker.assertResponsive(startedAt)).toThrow(CircuitOpenError);
  expect(() => breaker.assertResponsive(performance.now())).not.toThrow();
  breaker.recordSuccess();
  expect(() => breaker.assertResponsive(startedAt)).not.toThrow();
});
