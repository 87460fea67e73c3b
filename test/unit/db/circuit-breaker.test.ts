import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type CircuitBreaker, CircuitOpenError, createCircuitBreaker } from "#db/circuit-breaker.ts";
import { classifyDatabaseError, isConflict, isLostConnection, isOutage } from "#db/errors.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PROBE_MS = 500;
const gone = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

function watch(probe: () => Promise<void>) {
  const told: string[] = [];
  const tell = (_: object, message: string) => void told.push(message.split(":")[0] ?? "");
  const asked = vi.fn(probe);
  return { outage: createCircuitBreaker(asked, { info: tell, warn: tell, error: tell }), told, asked };
}

const isOpen = (outage: CircuitBreaker) => {
  try {
    outage.check();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(CircuitOpenError);
    return true;
  }
};

async function fail(outage: CircuitBreaker, times: number) {
  for (let time = 0; time < times; time++) {
    outage.failed(gone);
    await vi.advanceTimersByTimeAsync(0);
  }
}

it("opens after three failures in a row, an answer between them starts the count again", async () => {
  const { outage, told } = watch(() => Promise.reject(gone));
  await fail(outage, 2);
  outage.answered();
  await fail(outage, 2);
  expect(isOpen(outage)).toBe(false);
  expect(outage.lastBreak()).toBe(0);
  await fail(outage, 1);
  expect(isOpen(outage)).toBe(true);
  expect(outage.lastBreak()).toBe(Date.now());
  expect(told).toEqual(["the database is away"]);
  outage.stop();
});

it("probes one at a time while open, tells of nothing meanwhile, and closes at the first answer", async () => {
  let back = false;
  const { outage, told, asked } = watch(() => (back ? Promise.resolve() : Promise.reject(gone)));
  await fail(outage, 3);
  const broke = outage.lastBreak();
  await fail(outage, 50);
  await vi.advanceTimersByTimeAsync(4 * PROBE_MS);
  expect(asked).toHaveBeenCalledTimes(4);
  expect(isOpen(outage)).toBe(true);
  expect(told).toEqual(["the database is away"]);
  // An answer that was late in coming is not what closes it.
  outage.answered();
  expect(isOpen(outage)).toBe(true);
  back = true;
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  expect(isOpen(outage)).toBe(false);
  expect(outage.lastBreak()).toBe(broke);
  expect(told).toEqual(["the database is away", "the database is back"]);
  await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
  expect(asked).toHaveBeenCalledTimes(5);
  expect(vi.getTimerCount()).toBe(0);
});

it("stays open while a probe is under way, and sends no second one", async () => {
  let answer: () => void = () => undefined;
  const { outage, asked } = watch(() => new Promise((resolve) => (answer = resolve)));
  await fail(outage, 3);
  await vi.advanceTimersByTimeAsync(20 * PROBE_MS);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(isOpen(outage)).toBe(true);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(isOpen(outage)).toBe(false);
});

it("tells of a second outage as of the first", async () => {
  const { outage, told } = watch(() => Promise.resolve());
  await fail(outage, 3);
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  await fail(outage, 3);
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  expect(told).toEqual([
    "the database is away",
    "the database is back",
    "the database is away",
    "the database is back",
  ]);
});

it("once stopped it probes no more", async () => {
  const { outage, asked } = watch(() => Promise.reject(gone));
  await fail(outage, 3);
  outage.stop();
  await vi.advanceTimersByTimeAsync(20 * PROBE_MS);
  expect(asked).not.toHaveBeenCalled();
});

it("once stopped during a probe it probes no more", async () => {
  let failProbe: (error: Error) => void = () => undefined;
  const { outage, asked } = watch(() => new Promise((_, reject) => (failProbe = reject)));
  await fail(outage, 3);
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  outage.stop();
  failProbe(gone);
  await vi.advanceTimersByTimeAsync(20 * PROBE_MS);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

const postgres = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });
const wrapped = (nativeError: Error) => Object.assign(new Error("DBError"), { nativeError });

it.each([
  ["a refused connection", gone, true],
  ["several refused addresses", new AggregateError([gone, gone], ""), true],
  ["a broken one, wrapped by Objection", wrapped(new Error("Connection terminated unexpectedly")), true],
  ["a server that shuts down", postgres("57P01"), true],
  ["one that starts up", postgres("57P03"), true],
  ["one with no room", postgres("53300"), true],
  ["connection_failure", postgres("08006"), true],
  ["a constraint", postgres("23505"), false],
  ["a cancelled statement", postgres("57014"), false],
  ["a deadlock", postgres("40P01"), false],
  ["the breaker itself", new CircuitOpenError("away"), false],
  ["a bug", new TypeError("x is not a function"), false],
  ["nothing", undefined, false],
])("%s is a lost connection, and so an outage: %s", (_, error, lost) => {
  expect(isLostConnection(error)).toBe(lost);
  expect(isOutage(error)).toBe(lost);
});

it("silence is an outage, but may not be taken for a lost connection: the statement may be under way", () => {
  for (const silence of [new Error("Query read timeout"), new Error("timeout expired")]) {
    expect(isOutage(silence)).toBe(true);
    expect(isLostConnection(silence)).toBe(false);
    expect(classifyDatabaseError(silence)).toEqual({ kind: "unavailable" });
  }
});

it("a conflict is one however it is wrapped, and nothing else is", () => {
  expect(isConflict(postgres("40001"))).toBe(true);
  expect(isConflict(wrapped(postgres("40P01")))).toBe(true);
  expect(isConflict(new Error("told", { cause: wrapped(postgres("40P01")) }))).toBe(true);
  expect(isConflict(postgres("23505"))).toBe(false);
  expect(isConflict(new Error("told", { cause: gone }))).toBe(false);
  expect(isConflict(undefined)).toBe(false);
});
