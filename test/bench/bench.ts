import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { builtServer, ensureBuild } from "#app/ensure-build.js";
import { withMaintenanceConnection } from "#db/connection.ts";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { readPidFile } from "#db/embedded/pid-file.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { TEST_SECRETS, UNLIMITED_RATES } from "../support/app-server.ts";
import { silentLog } from "../support/test-database.ts";
import { type BenchUser, createDataset } from "./dataset.ts";
import { checkResponse, type Load, type Measurement, measure } from "./load.ts";
import { topOfProfile } from "./profile.ts";
import { chart, type Rounds, summarize, table } from "./report.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/*
 * `npm run bench`: Tock beside the same API on node:http and pg by hand, and on Fastify. One database, one server at a
 * time, interleaved rounds, so that a machine that slows down slows all of them down.
 */
const HELP = `npm run bench -- [options]
  --only a,b        scenarios: ${SCENARIOS.map(({ name }) => name).join(", ")} (default: all)
  --servers a,b     floor, Tock, Fastify (default: all)
  --seconds N       load per scenario, server and round (default 5)
  --rounds N        interleaved rounds, of which medians are printed (default 3)
  --connections N   (default 32)
  --users N --tasks N   data set (default 1000 users with 100 tasks each)
  --json FILE       also write the figures as JSON
  --chart FILE      also write the bar chart as SVG
  --profile NAME    write a CPU profile of Tock under one scenario to build/bench, and print its top
`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    servers: { type: "string", default: "floor,Tock,Fastify" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    users: { type: "string", default: "1000" },
    tasks: { type: "string", default: "100" },
    json: { type: "string" },
    chart: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const WARM_UP_SECONDS = 2;
const PROFILE_FOLDER = "build/bench";
const say = (line: string) => void process.stdout.write(`${line}\n`);
const peer = (name: string) => fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url));

/** Node's arguments for each server. */
const PROGRAMS: Record<string, string[]> = {
  floor: ["--import", "tsx", peer("floor")],
  Tock: ["--enable-source-maps", builtServer],
  Fastify: ["--import", "tsx", peer("fastify")],
};

const start = (name: string, databaseUrl: string, flags: string[] = []): Promise<ServerProcess> =>
  startServer([...flags, ...(PROGRAMS[name] ?? [])], {
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: databaseUrl,
    SHUTDOWN_DELAY_MS: "0",
    ...UNLIMITED_RATES,
    ...TEST_SECRETS,
  });

function chosen<T>(list: T[], nameOf: (one: T) => string, names: string | undefined): T[] {
  if (names === undefined) return list;
  return names.split(",").map((name) => {
    const found = list.find((one) => nameOf(one) === name);
    if (!found) throw new Error(`"${name}" is not one of ${list.map(nameOf).join(", ")}`);
    return found;
  });
}

async function openDatabase() {
  const dataDir = await mkdtemp(join(tmpdir(), "tock-bench-"));
  // PostgreSQL refuses to run as root: under root its account must be able to enter the folder.
  await chmod(dataDir, 0o711);
  const database = await startEmbedded({ dataDir, log: silentLog, maxConnections: 200 });
  await withMaintenanceConnection(database.url, migrateToLatest);
  const postmaster = await readPidFile(database.dataFolder);
  return {
    url: database.url,
    postmasterPid: postmaster?.pid ?? 0,
    async stop() {
      await database.stop();
      for (const folder of [dirname(database.dataFolder), dataDir])
        await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Measures each scenario on one started server. */
async function playRound(
  name: string,
  server: ServerProcess,
  scenarios: Scenario[],
  users: BenchUser[],
  load: Load,
) {
  const measured: [scenario: string, measurement: Measurement][] = [];
  for (const scenario of scenarios) {
    await checkResponse(server, scenario, users);
    await measure(server, scenario, users, { ...load, seconds: WARM_UP_SECONDS });
    const measurement = await measure(server, scenario, users, load);
    say(`  ${name.padEnd(8)} ${scenario.title.padEnd(32)} ${measurement.requestsPerSecond.toFixed(0)} req/s`);
    measured.push([scenario.name, measurement]);
  }
  return measured;
}

async function compare(databaseUrl: string, users: BenchUser[], load: Load): Promise<void> {
  const scenarios = chosen(SCENARIOS, ({ name }) => name, values.only);
  const servers = chosen(Object.keys(PROGRAMS), (name) => name, values.servers);
  const rounds: Rounds = new Map(scenarios.map(({ name }) => [name, new Map()]));
  for (let round = 1; round <= Number(values.rounds); round++) {
    say(`round ${round} of ${values.rounds}`);
    for (const name of servers) {
      const server = await start(name, databaseUrl);
      try {
        for (const [scenario, one] of await playRound(name, server, scenarios, users, load)) {
          const ofServer = rounds.get(scenario);
          ofServer?.set(name, [...(ofServer.get(name) ?? []), one]);
        }
      } finally {
        await server.stop();
      }
    }
  }
  const rows = summarize(scenarios, rounds);
  say(`\n${table(rows)}\n`);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;
  const caption = `${machine}, ${values.connections} connections, ${new Date().toISOString().slice(0, 10)}`;
  say(caption);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ caption, rows }, null, 2)}\n`);
  if (values.chart) await writeFile(values.chart, chart(rows, caption));
}

async function profile(name: string, databaseUrl: string, users: BenchUser[], load: Load): Promise<void> {
  const [scenario] = chosen(SCENARIOS, (one) => one.name, name);
  if (!scenario) return;
  const flags = ["--cpu-prof", `--cpu-prof-dir=${PROFILE_FOLDER}`];
  const server = await start("Tock", databaseUrl, flags);
  try {
    await checkResponse(server, scenario, users);
    await measure(server, scenario, users, load);
  } finally {
    await server.stop();
  }
  say(`${scenario.title}: CPU time by function, without what it calls (profile in ${PROFILE_FOLDER})`);
  for (const line of topOfProfile(PROFILE_FOLDER)) say(line);
}

ensureBuild();
const database = await openDatabase();
try {
  say(`seeding ${values.users} users with ${values.tasks} tasks each`);
  const users = await createDataset(database.url, Number(values.users), Number(values.tasks));
  const load: Load = {
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    postmasterPid: database.postmasterPid,
  };
  if (values.profile) await profile(values.profile, database.url, users, load);
  else await compare(database.url, users, load);
} finally {
  await database.stop();
}
