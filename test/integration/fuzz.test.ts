import { afterAll, beforeAll, expect, it } from "vitest";
import { fuzz } from "../chaos/fuzz.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";

let tock: AppServer;
beforeAll(async () => {
  tock = await startApp(WITHOUT_COVERAGE);
});
afterAll(() => tock?.stop());

const REQUESTS = 10_000;

// Longer runs, with other seeds: npm run trial:attacks
it("ten thousand requests that nobody means well with: none breaks anything, and what is refused changes nothing", {
  timeout: 180_000,
}, async () => {
  const { signal } = new AbortController();
  const damage = await fuzz(tock, {
    requests: REQUESTS,
    seconds: 0,
    seed: 1,
    say: () => undefined,
    signal,
  });
  expect(damage.faults).toEqual([]);
  expect(damage.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect(damage.unchanged).toBeGreaterThanOrEqual(20);
  // They do get in everywhere: some are understood, most are refused, and in all the ways there are.
  expect([...damage.statuses.keys()]).toEqual(
    expect.arrayContaining([200, 302, 400, 401, 403, 404, 405, 413, 415, 422, 431]),
  );
});
