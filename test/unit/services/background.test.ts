import { afterEach, expect, it, vi } from "vitest";
import { log } from "#app/log.server.ts";
import { drainBackground, runInBackground } from "#app/services/background.server.ts";

log.level = "silent";
const error = vi.spyOn(log, "error");
const warn = vi.spyOn(log, "warn");
afterEach(() => vi.clearAllMocks());

/** Work that ends when `end` is called. */
function blockedWork() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => ended, end: () => end() };
}

it("background work begins after the function that starts it has returned, and its failure is logged", async () => {
  const work = vi.fn(() => Promise.reject(new Error("no luck")));
  runInBackground("mail", work);
  expect(work).not.toHaveBeenCalled();
  await expect
    .poll(() => error.mock.calls)
    .toEqual([[{ err: expect.any(Error), work: "mail" }, expect.any(String)]]);
});

it("four works run at once, 200 wait, and further ones are dropped, which is logged once", async () => {
  const { work, end } = blockedWork();
  const started = vi.fn(work);
  for (let n = 0; n < 204; n += 1) runInBackground("mail", started);
  await expect.poll(() => started.mock.calls.length).toBe(4);
  expect(warn).not.toHaveBeenCalled();
  const dropped = vi.fn(work);
  for (let n = 0; n < 3; n += 1) runInBackground("mail", dropped);
  await expect.poll(() => warn.mock.calls.length).toBeGreaterThan(0);
  end();
  await expect.poll(() => started.mock.calls.length).toBe(204);
  expect(dropped).not.toHaveBeenCalled();
  expect(warn.mock.calls).toEqual([[{ work: "mail" }, expect.stringContaining("dropped")]]);
});

it("a shutdown aborts the waits of background work, waits for its end, and logs what is lost", async () => {
  const signals: AbortSignal[] = [];
  runInBackground("mail", (signal) => {
    signals.push(signal);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  });
  await expect.poll(() => signals.length).toBe(1);
  await drainBackground(10_000);
  expect(error).not.toHaveBeenCalled();
  const { work, end } = blockedWork();
  runInBackground("mail", work);
  await drainBackground(1);
  expect(error.mock.calls).toEqual([[{ lost: 1 }, expect.any(String)]]);
  end();
});
