import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { type ChaosEnvironment, type Defer, runWithCleanup, withDatabaseProxy } from "./environment.ts";
import { connectObserver, countBackends } from "./postgres-control.ts";
import { createResultLog, summarize } from "./results.ts";
import { checkSummary, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { attempt, createTaskRequest } from "./traffic.ts";

const WAIT_BOUND_MS = 30_000;
const COUNT_EVERY_MS = 20;
/** How long each crowd is held up, so that it must queue: longer than the pressure that opens more connections. */
const HELD_UP_MS = 1_500;
const IDLE_PATIENCE_MS = 25_000;

/** Keeps counting. @returns the most at once so far */
function countMost(client: pg.Client) {
  let most = 0;
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      most = Math.max(most, await countBackends(client));
      await sleep(COUNT_EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopping = true;
      await running;
      return most;
    },
  };
}

/** Holds up everybody who writes a task, for a while. */
async function holdUp(databaseUrl: string, defer: Defer): Promise<void> {
  const client = await connectObserver(databaseUrl, WAIT_BOUND_MS);
  defer(() => client.end());
  await client.query("begin; lock table task in exclusive mode");
  void sleep(HELD_UP_MS).then(() => client.query("commit").catch(() => undefined));
}

interface Crowd {
  name: string;
  people: number;
  most: number;
}

async function crowd(
  stage: ChaosEnvironment,
  { name, people, most }: Crowd,
  direction: ScenarioOptions,
  defer: Defer,
) {
  const { say, bounds } = direction;
  const client = await connectObserver(stage.databaseUrl, WAIT_BOUND_MS);
  defer(() => client.end());
  await holdUp(stage.databaseUrl, defer);
  const counting = countMost(client);
  say(`${people} requests at once`);
  const ledger = createResultLog();
  const health = attempt(`${stage.tock.url}/health`);
  const writes = Array.from({ length: people }, () =>
    createTaskRequest(stage.tock.url, stage.person).then(ledger.add),
  );
  await Promise.all(writes);
  const reached = await counting.stop();
  const sums = await summarize(ledger, stage.tock, stage.databaseUrl);
  const verdict = checkSummary(sums, { ...bounds, answerMs: WAIT_BOUND_MS });
  verdict.holds(sums.failed === 0, `${sums.failed} failed`);
  verdict.atMost("backends", reached, most);
  verdict.holds(reached === most, `only ${reached} of ${most} backends were used`);
  verdict.holds((await health).code === "ok", `/health said ${(await health).code}`);
  say(`all answered, ${reached} backends at most`);
  const found: ScenarioReport = {
    scene: name,
    ...sums,
    notes: [`${reached} backends at most`],
    broken: verdict.broken,
  };
  return { found, verdict, client };
}

/** A pool of two, and many who want it. */
export const smallPool = (direction: ScenarioOptions, people = 200): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const stage = await withDatabaseProxy(defer, {
      DB_POOL_MIN: "1",
      DB_POOL_MAX: "2",
      DB_POOL_OVERFLOW: "0",
    });
    return (await crowd(stage, { name: `pool of 2, ${people} requests`, people, most: 2 }, direction, defer))
      .found;
  });

/** The pool as it is by default, and more people than it has connections; then nobody. */
export const manyClients = (direction: ScenarioOptions, people = 300): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const [min, max, overflow] = [10, 20, 30];
    const stage = await withDatabaseProxy(defer, {
      DB_POOL_MIN: String(min),
      DB_POOL_MAX: String(max),
      DB_POOL_OVERFLOW: String(overflow),
    });
    const wanted = { name: `default pool, ${people} requests`, people, most: max + overflow };
    const { found, verdict, client } = await crowd(stage, wanted, direction, defer);
    const since = Date.now();
    let left = await countBackends(client);
    for (const end = since + IDLE_PATIENCE_MS; left > min && Date.now() < end; await sleep(250))
      left = await countBackends(client);
    verdict.holds(left === min, `${left} backends when idle, not ${min}`);
    found.notes.push(`back to ${left} after ${((Date.now() - since) / 1000).toFixed(0)} s`);
    return found;
  });
