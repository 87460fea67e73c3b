import { setTimeout as sleep } from "node:timers/promises";
import { createBlackhole } from "./blackhole.ts";
import {
  type ChaosEnvironment,
  runWithCleanup,
  withDatabaseProxy,
  withEmbeddedDatabase,
} from "./environment.ts";
import {
  connectObserver,
  countBackends,
  freezeServer,
  killServer,
  waitUntilReady,
} from "./postgres-control.ts";
import { circuitOpenPeriods, type Outcome, summarize } from "./results.ts";
import { checkSummary, createChecks, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { attempt, startTraffic, type Traffic } from "./traffic.ts";

const POOL_MIN = 4;
const VISITORS = 3;
const WARM_UP_MS = 700;
const RESTART_BOUND_MS = 5_000;
const IDLE_PATIENCE_MS = 25_000;
const HEALTH_EVERY_MS = 300;
const HEAL_PATIENCE_MS = 20_000;

const slow = (value: number | undefined) => (value === undefined ? "never" : `${Math.round(value)} ms`);

/** Ends the traffic, adds up, and judges what all outages have in common. */
async function conclude(
  scene: string,
  stage: ChaosEnvironment,
  traffic: Traffic,
  direction: ScenarioOptions,
) {
  await traffic.stop();
  const sums = await summarize(traffic.ledger, stage.tock, stage.databaseUrl);
  const verdict = checkSummary(sums, direction.bounds);
  verdict.holds(stage.tock.process.exitCode === null, "Tock ended");
  verdict.holds(
    !stage.tock.log.some((line) => line.includes('"level":"fatal"')),
    "Tock logged something fatal",
  );
  const times = circuitOpenPeriods(stage.tock.log).length;
  const told = stage.tock.log.filter((line) => /the database (is away|failed)/.test(line)).length;
  // Those that met the outage before the breaker opened may each be told of, those after it may not.
  verdict.atMost("log lines about it", told, Math.max(1, times) * 2 * (direction.writers + VISITORS));
  const notes = [
    `${sums.failed} answered with DB_ERROR or worse, breaker opened ${times} times, ${told} log lines about it`,
    `with the breaker open: median ${slow(sums.medianOpenMs)}, longest without the database ${slow(sums.controlOpenMs)}`,
  ];
  return { scene, sums, verdict, notes };
}

const finding = (
  { scene, sums, verdict, notes }: Awaited<ReturnType<typeof conclude>>,
  healMs: number | undefined,
): ScenarioReport => ({
  scene,
  ...sums,
  ...(healMs !== undefined && { healMs }),
  notes,
  broken: verdict.broken,
});

/** kill -9 of PostgreSQL, round after round, of its postmaster alone and of all its processes in turn. */
export const killDatabase = (direction: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const { say, bounds, writers, rounds } = direction;
    const stage = await withEmbeddedDatabase(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const { tock, person, databaseUrl, dataFolder } = stage;
    const traffic = startTraffic(tock.url, person, writers);
    defer(() => traffic.stop());
    const heals: (number | undefined)[] = [];
    const restarts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(WARM_UP_MS);
      const all = round % 2 === 1;
      const killed = Date.now();
      await killServer(dataFolder, { all });
      const back = await waitUntilReady(databaseUrl);
      const served = await traffic.ledger.firstWriteSince(back, HEAL_PATIENCE_MS);
      restarts.push(back - killed);
      heals.push(served && served - back);
      say(
        `kill ${round + 1}/${rounds}${all ? " with all backends" : ""}: up after ${slow(back - killed)}, writes ${slow(heals.at(-1))} later`,
      );
    }
    await sleep(WARM_UP_MS);
    const end = await conclude("kill -9", stage, traffic, direction);
    for (const heal of heals) end.verdict.atMost("time to heal (ms)", heal, bounds.healMs);
    end.verdict.atMost("restart of PostgreSQL (ms)", Math.max(...restarts), RESTART_BOUND_MS);
    end.notes.push(`PostgreSQL started again within ${slow(Math.max(...restarts))}`);
    return finding(end, Math.max(...heals.map((heal) => heal ?? Number.POSITIVE_INFINITY)));
  });

/** Asks after the server's health again and again. */
function watchHealth(base: string) {
  const outcomes: Outcome[] = [];
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      outcomes.push(await attempt(`${base}/health`));
      await sleep(HEALTH_EVERY_MS);
    }
  })();
  return {
    outcomes,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

interface Outage {
  name: string;
  begin(): unknown;
  end(): unknown;
}

/** An outage of some seconds under traffic: what is answered meanwhile, and how soon after it all is well. */
async function endure(
  outage: Outage,
  stage: ChaosEnvironment,
  direction: ScenarioOptions,
  defer: (end: () => unknown) => void,
) {
  const { say, bounds, writers, seconds } = direction;
  const traffic = startTraffic(stage.tock.url, stage.person, writers);
  defer(() => traffic.stop());
  const health = watchHealth(stage.tock.url);
  defer(() => health.stop());
  await sleep(WARM_UP_MS);
  // Before the traffic is waited for, and also when somebody interrupts.
  defer(() => outage.end());
  await outage.begin();
  const began = Date.now();
  say(`${outage.name} for ${seconds} s`);
  await sleep(seconds * 1000);
  await outage.end();
  const ended = Date.now();
  const served = await traffic.ledger.firstWriteSince(ended, HEAL_PATIENCE_MS);
  say(`${outage.name} is over; writes ${slow(served && served - ended)} later`);
  await sleep(WARM_UP_MS);
  await health.stop();
  const end = await conclude(outage.name, stage, traffic, direction);
  end.verdict.atMost("time to heal (ms)", served && served - ended, bounds.healMs);
  const meanwhile = health.outcomes.filter((outcome) => outcome.began > began && outcome.ended < ended);
  const wrong = meanwhile.filter(({ code }) => code !== "503");
  const longest = Math.max(0, ...meanwhile.map((outcome) => outcome.ended - outcome.began));
  end.verdict.holds(meanwhile.length > 0, "/health never answered");
  end.verdict.holds(wrong.length === 0, `/health said ${wrong[0]?.code} ${wrong.length} times`);
  end.verdict.atMost("/health (ms)", longest, bounds.healthMs);
  end.notes.push(`/health 503 within ${slow(longest)}`);
  return finding(end, served && served - ended);
}

/** What was given up must not run on; and if one waits for it, what was opened for the crowd must go again. */
async function judgeBackends(found: ScenarioReport, databaseUrl: string, untilIdle: boolean): Promise<void> {
  const verdict = createChecks();
  const client = await connectObserver(databaseUrl);
  try {
    const old = await countBackends(client, "state <> 'idle' and now() - state_change > interval '4 s'");
    verdict.atMost("statements and transactions that nobody waits for", old, 0);
    let left = await countBackends(client);
    for (const end = Date.now() + IDLE_PATIENCE_MS; untilIdle && left > POOL_MIN && Date.now() < end; ) {
      await sleep(250);
      left = await countBackends(client);
    }
    if (untilIdle) verdict.atMost("backends when idle", left, POOL_MIN);
    found.notes.push(`${left} backends ${untilIdle ? "when idle" : "at once"}`);
    found.broken.push(...verdict.broken);
  } finally {
    await client.end();
  }
}

/** Every process of PostgreSQL stopped where it stands: connections stay open, new ones are taken, nothing answers. */
export const freezeDatabase = (
  direction: ScenarioOptions,
  { untilIdle = true } = {},
): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const stage = await withEmbeddedDatabase(defer, { DB_POOL_MIN: String(POOL_MIN) });
    let thaw = () => undefined as unknown;
    const outage = {
      name: "SIGSTOP",
      begin: async () => {
        thaw = await freezeServer(stage.dataFolder);
      },
      end: () => thaw(),
    };
    const found = await endure(outage, stage, direction, defer);
    await judgeBackends(found, stage.databaseUrl, untilIdle);
    return found;
  });

/** Nobody listens any more: connections break, and new ones are refused. */
export const refuseConnections = (direction: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const stage = await withDatabaseProxy(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const { proxy } = stage;
    const outage = { name: "refused", begin: () => proxy.cutConnections(), end: () => proxy.heal() };
    const found = await endure(outage, stage, direction, defer);
    return found;
  });

/** The network swallows everything. Connections of before may never carry anything again. */
export const cut = (direction: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const stage = await withDatabaseProxy(defer, { DB_POOL_MIN: String(POOL_MIN) });
    const silence = createBlackhole(stage.proxy);
    direction.say(`the network is cut by: ${silence.how}`);
    const outage = { name: "network cut", begin: () => silence.begin(), end: () => silence.end() };
    const found = await endure(outage, stage, direction, defer);
    found.notes.push(`cut by ${silence.how}`);
    return found;
  });
