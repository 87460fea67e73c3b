import { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AppEnv } from "#app/http/app-env.ts";
import { serverTiming } from "#app/http/middleware/server-timing.server.ts";
import { closeDatabase, database, withTransaction } from "#db/connection.ts";
import { measureQueries } from "#db/query-timing.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  openTestDatabase(testDatabase.url);
});
afterAll(async () => {
  await closeDatabase();
  await testDatabase?.drop();
});

const app = new Hono<AppEnv>()
  .use(serverTiming(measureQueries))
  .get("/queries/:count", async (c) => {
    for (let n = 0; n < Number(c.req.param("count")); n++) await database().raw("select pg_sleep(0.02)");
    return c.text("done");
  })
  .get("/transaction", async () => {
    await withTransaction((trx) => trx.raw("select 1"));
    // As from Remix: headers that cannot be changed.
    return Response.redirect("http://localhost/");
  });

async function timingOf(path: string) {
  const header = (await app.request(path)).headers.get("Server-Timing") ?? "";
  const [, queries, databaseMs, totalMs] =
    /^db;desc="(\d+) quer(?:y|ies)";dur=([\d.]+), total;dur=([\d.]+)$/.exec(header) ?? [];
  return { queries: Number(queries), databaseMs: Number(databaseMs), totalMs: Number(totalMs) };
}

it("Server-Timing has the number of queries, their time and the total of each of several concurrent requests", async () => {
  const counts = [0, 1, 2, 3];
  const timings = await Promise.all(counts.map((count) => timingOf(`/queries/${count}`)));
  expect(timings.map(({ queries }) => queries)).toEqual(counts);
  for (const { queries, databaseMs, totalMs } of timings) {
    expect(databaseMs).toBeGreaterThanOrEqual(queries * 20);
    expect(totalMs).toBeGreaterThanOrEqual(databaseMs);
  }
});

it("Server-Timing counts BEGIN and COMMIT, also for a response with immutable headers", async () => {
  expect((await timingOf("/transaction")).queries).toBe(3);
});
