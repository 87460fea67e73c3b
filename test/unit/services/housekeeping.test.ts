import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { log } from "#app/log.server.ts";
import { startHousekeeping, stopHousekeeping } from "#app/services/housekeeping.server.ts";
import { TEST_SECRETS } from "../../support/app-server.ts";

Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
// Without openDatabase() every run fails, as it does while the pool closes.
log.level = "silent";
const warn = vi.spyOn(log, "warn");
afterEach(() => {
  stopHousekeeping();
  vi.useRealTimers();
  warn.mockClear();
});

it("housekeeping logs a failed run with the reason of each step", async () => {
  startHousekeeping();
  await nextTurn();
  const err = expect.objectContaining({ errors: expect.arrayContaining([expect.any(Error)]) });
  expect(warn.mock.calls).toEqual([[{ err }, "housekeeping failed"]]);
});

it("housekeeping logs no failure of a run that was in progress when it stopped", async () => {
  startHousekeeping();
  stopHousekeeping();
  await nextTurn();
  expect(warn).not.toHaveBeenCalled();
});

it("housekeeping runs every ten minutes until it stops", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  startHousekeeping();
  vi.advanceTimersByTime(20 * 60_000);
  await nextTurn();
  expect(warn).toHaveBeenCalledTimes(3);
  stopHousekeeping();
  vi.advanceTimersByTime(20 * 60_000);
  await nextTurn();
  expect(warn).toHaveBeenCalledTimes(3);
});
