import { afterAll, beforeAll, expect, it } from "vitest";
import { fuzz } from "../chaos/fuzz.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";

let app: AppServer;
beforeAll(async () => {
  app = await startApp(WITHOUT_COVERAGE);
});
afterAll(() => app?.stop());

const REQUESTS = 10_000;

// `npm run chaos:attacks` runs longer and with other seeds.
it("ten thousand hostile requests cause no server error, and rejected ones change no data", {
  timeout: 180_000,
}, async () => {
  const { signal } = new AbortController();
  const report = await fuzz(app, {
    requests: REQUESTS,
    seconds: 0,
    seed: 1,
    onProgress: () => undefined,
    signal,
  });
  expect(report.faults).toEqual([]);
  expect(report.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect(report.unchangedBatches).toBeGreaterThanOrEqual(20);
  // The requests reach every layer: some succeed, and each kind of rejection occurs.
  expect([...report.statuses.keys()]).toEqual(
    expect.arrayContaining([200, 302, 400, 401, 403, 404, 405, 413, 415, 422, 431]),
  );
});
