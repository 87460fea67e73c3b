import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPoolLimiter, PoolExhaustedError, type PoolLimiter } from "#db/pool-limiter.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PRESSURE_MS = 100;

function open({ max = 2, overflow = 0, timeoutMs = 1_000 } = {}) {
  const told: string[] = [];
  const tell = (_: object, message: string) => void told.push(message);
  const door = createPoolLimiter({ max, overflow, timeoutMs }, { info: tell, warn: tell, error: tell });
  return { door, told };
}

/** Somebody who wants in, and whether they are. */
function come(door: PoolLimiter) {
  const person = { state: "waits" };
  door.enter().then(
    () => (person.state = "in"),
    (error) => (person.state = error instanceof PoolExhaustedError ? "gave up" : "?"),
  );
  return person;
}
const states = (people: { state: string }[]) => people.map(({ state }) => state);
const soon = () => vi.advanceTimersByTimeAsync(0);

it("lets so many in at once, and each who leaves lets the next one in, first come, first served", async () => {
  const { door } = open();
  const people = [1, 2, 3, 4].map(() => come(door));
  await soon();
  expect(states(people)).toEqual(["in", "in", "waits", "waits"]);
  expect(door.held()).toBe(2);
  door.leave();
  await soon();
  expect(states(people)).toEqual(["in", "in", "in", "waits"]);
  door.leave();
  await soon();
  expect(states(people)).toEqual(["in", "in", "in", "in"]);
  door.leave();
  expect(door.held()).toBe(1);
  door.leave();
  expect(door.held()).toBe(0);
});

it("nobody overtakes one who waits already", async () => {
  const { door } = open({ max: 1 });
  const [first, second] = [come(door), come(door)];
  await soon();
  door.leave();
  const third = come(door);
  await soon();
  expect(states([first, second, third])).toEqual(["in", "in", "waits"]);
});

it("lets more in for whoever waited long enough, up to the overflow and not beyond", async () => {
  const { door } = open({ max: 1, overflow: 2, timeoutMs: 10_000 });
  const people = [1, 2, 3, 4].map(() => come(door));
  await vi.advanceTimersByTimeAsync(PRESSURE_MS - 1);
  expect(states(people)).toEqual(["in", "waits", "waits", "waits"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(states(people)).toEqual(["in", "in", "in", "waits"]);
  expect(door.held()).toBe(3);
  // The overflow empties first: with two of three gone nobody who has just come is let beyond the ordinary.
  door.leave();
  await soon();
  expect(states(people)).toEqual(["in", "in", "in", "in"]);
  door.leave();
  const late = come(door);
  await soon();
  expect(late.state).toBe("waits");
  door.leave();
  door.leave();
  await soon();
  expect(late.state).toBe("in");
});

it("whoever waited too long gives up, which is told once for all of them, and once more the next time", async () => {
  const { door, told } = open({ max: 1, timeoutMs: 1_000 });
  const people = [1, 2, 3].map(() => come(door));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states(people)).toEqual(["in", "gave up", "gave up"]);
  expect(told).toEqual(["the connection pool is exhausted"]);
  expect(door.held()).toBe(1);
  door.leave();
  expect(door.held()).toBe(0);
  const again = [come(door), come(door)];
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states(again)).toEqual(["in", "gave up"]);
  expect(told).toHaveLength(2);
});

it("one who gave up leaves no gap: the next in line is let in, and no timer is left behind", async () => {
  const { door } = open({ max: 1, overflow: 1, timeoutMs: 1_000 });
  const [first, second] = [come(door), come(door)];
  await vi.advanceTimersByTimeAsync(500);
  const third = come(door);
  await vi.advanceTimersByTimeAsync(600);
  const fourth = come(door);
  await vi.advanceTimersByTimeAsync(450);
  expect(states([first, second, third, fourth])).toEqual(["in", "in", "gave up", "waits"]);
  door.leave();
  await soon();
  expect(fourth.state).toBe("in");
  door.leave();
  door.leave();
  expect(door.held()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
