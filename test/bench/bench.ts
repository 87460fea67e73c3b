import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { builtServer, ensureBuild } from "#app/ensure-build.js";
import { TEST_SECRETS, UNLIMITED_RATES } from "../support/app-server.ts";
import { openBenchDatabase } from "./bench-database.ts";
import { type BenchUser, createDataset } from "./dataset.ts";
import { growthTable, measureGrowth } from "./growth.ts";
import { type Distance, latencyTable, measureDistance } from "./latency/latency.ts";
import { checkResponse, type Load, type Measurement, measure } from "./load.ts";
import { topOfProfile } from "./profile.ts";
import { chart, type Rounds, summarize, table } from "./report.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/*
 * `npm run bench`: Tock beside the same API on node:http and pg by hand, and on Fastify. One database, one server at a
 * time, interleaved rounds, so that a machine that slows down slows all of them down. With --latency: Tock alone, with
 * users that think, and the database at several distances.
 */
const HELP = `npm run bench -- [options]
  --only a,b        scenarios: ${SCENARIOS.map(({ name }) => name).join(", ")} (default: all)
  --servers a,b     floor, Tock, Fastify, and those of --env and --build (default: all)
  --seconds N       load per scenario, server and round (default 5)
  --rounds N        interleaved rounds, of which medians are printed (default 3)
  --connections N   (default 32)
  --users N --tasks N   data set (default 1000 users with 100 tasks each)
  --json FILE       also write the figures as JSON
  --chart FILE      also write the bar chart as SVG
  --env A=1,B=2     also measure Tock with these variables, as "variant"
  --build FOLDER    also measure the Tock that is built in this folder, such as another commit's, as "other"
  --large N         also measure Tock on another database with N users, of whom 1000 send requests, as "large"
  --latency         print a Markdown table of the latencies of concurrent users instead, for each distance of the database:
                    each user sends one request a second on average, and one of them signs in every two seconds;
                    with --env, of Tock with these variables
      --distances a,b   round trips to the database in ms (default 1,5,20)
      --concurrent N    users (default 50)
      --seconds N       per distance (default 120 with --latency)
  --growth          print the time of pages of an account with few tasks and of one at the quota instead
  --profile NAME    write a CPU profile of Tock under one scenario to build/bench, and print its top
`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    servers: { type: "string" },
    seconds: { type: "string" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    users: { type: "string", default: "1000" },
    tasks: { type: "string", default: "100" },
    json: { type: "string" },
    chart: { type: "string" },
    profile: { type: "string" },
    env: { type: "string" },
    build: { type: "string" },
    large: { type: "string" },
    latency: { type: "boolean", default: false },
    growth: { type: "boolean", default: false },
    distances: { type: "string", default: "1,5,20" },
    concurrent: { type: "string", default: "50" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const WARM_UP_SECONDS = 2;
const LOAD_SECONDS = 5;
/** Enough for some 60 sign-ins. */
const LATENCY_SECONDS = 120;
const PROFILE_FOLDER = "build/bench";
const print = (line: string) => void process.stdout.write(`${line}\n`);
const peer = (name: string) => fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url));

const TOCK = ["--enable-source-maps", builtServer];
const variables = Object.fromEntries(
  (values.env?.split(",") ?? []).map((pair) => pair.split(/=(.*)/).slice(0, 2)),
);

interface Program {
  /** Of Node. */
  args: string[];
  env?: Record<string, string>;
  /** Whether it runs on the database of --large. */
  large?: boolean;
}
const PROGRAMS: Record<string, Program> = {
  floor: { args: ["--import", "tsx", peer("floor")] },
  Tock: { args: TOCK },
  ...(values.env && { variant: { args: TOCK, env: variables } }),
  ...(values.build && {
    other: { args: ["--enable-source-maps", resolve(values.build, "build/server/index.js")] },
  }),
  ...(values.large && { large: { args: TOCK, large: true } }),
  Fastify: { args: ["--import", "tsx", peer("fastify")] },
};

/** The program of --latency and --profile: Tock, with the variables of --env if there are any. */
const VARIANT_OR_TOCK = values.env ? "variant" : "Tock";

const start = (name: string, databaseUrl: string, flags: string[] = []): Promise<ServerProcess> =>
  startServer([...flags, ...(PROGRAMS[name]?.args ?? [])], {
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: databaseUrl,
    SHUTDOWN_DELAY_MS: "0",
    ...UNLIMITED_RATES,
    ...TEST_SECRETS,
    ...PROGRAMS[name]?.env,
  });

function chosen<T>(list: T[], nameOf: (one: T) => string, names: string | undefined): T[] {
  if (names === undefined) return list;
  return names.split(",").map((name) => {
    const found = list.find((one) => nameOf(one) === name);
    if (!found) throw new Error(`"${name}" is not one of ${list.map(nameOf).join(", ")}`);
    return found;
  });
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
    print(
      `  ${name.padEnd(8)} ${scenario.title.padEnd(32)} ${measurement.requestsPerSecond.toFixed(0)} req/s`,
    );
    measured.push([scenario.name, measurement]);
  }
  return measured;
}

interface Dataset {
  url: string;
  postmasterPid: number;
  users: BenchUser[];
}

/** Seeds a database of its own, which is removed when `use` ends. */
async function withDataset(users: string, use: (dataset: Dataset) => Promise<void>): Promise<void> {
  const database = await openBenchDatabase();
  try {
    print(`seeding ${users} users with ${values.tasks} tasks each`);
    const senders = await createDataset(database.url, Number(users), Number(values.tasks));
    await use({ ...database, users: senders });
  } finally {
    await database.stop();
  }
}

async function compare(
  defaultDataset: Dataset,
  large: Dataset | undefined,
  loadOptions: Omit<Load, "postmasterPid">,
): Promise<void> {
  const scenarios = chosen(SCENARIOS, ({ name }) => name, values.only);
  const servers = chosen(Object.keys(PROGRAMS), (name) => name, values.servers);
  const rounds: Rounds = new Map(scenarios.map(({ name }) => [name, new Map()]));
  for (let round = 1; round <= Number(values.rounds); round++) {
    print(`round ${round} of ${values.rounds}`);
    for (const name of servers) {
      const { url, users, postmasterPid } = (PROGRAMS[name]?.large && large) || defaultDataset;
      const server = await start(name, url);
      try {
        const load = { ...loadOptions, postmasterPid };
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
  print(`\n${table(rows)}\n`);
  const caption = captionOf(`${values.connections} connections`);
  print(caption);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ caption, rows }, null, 2)}\n`);
  if (values.chart) await writeFile(values.chart, chart(rows, caption));
}

const captionOf = (load: string) =>
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${load}, ${new Date().toISOString().slice(0, 10)}`;

/** Measures Tock, with the variables of --env, at each distance of the database. */
async function measureLatency(databaseUrl: string, users: BenchUser[], seconds: number): Promise<void> {
  const concurrentUsers = Number(values.concurrent);
  const distances: Distance[] = [];
  for (const roundTripMs of values.distances.split(",").map(Number)) {
    print(`database ${roundTripMs} ms away: ${seconds} s`);
    const options = {
      databaseUrl,
      users,
      concurrentUsers,
      seconds,
      start: (url: string) => start(VARIANT_OR_TOCK, url),
    };
    distances.push(await measureDistance(roundTripMs, options));
  }
  print(`\n${latencyTable(distances)}\n`);
  print(
    `95th percentile in ms (number of requests). ${VARIANT_OR_TOCK}, ${captionOf(`${concurrentUsers} users`)}`,
  );
}

async function growth(databaseUrl: string, users: BenchUser[]): Promise<void> {
  const server = await start("Tock", databaseUrl);
  try {
    print(`\n${growthTable(await measureGrowth(server.url, databaseUrl, users))}\n`);
    print(captionOf("one request at a time"));
  } finally {
    await server.stop();
  }
}

async function profile(name: string, databaseUrl: string, users: BenchUser[], load: Load): Promise<void> {
  const [scenario] = chosen(SCENARIOS, (one) => one.name, name);
  if (!scenario) return;
  const flags = ["--cpu-prof", `--cpu-prof-dir=${PROFILE_FOLDER}`];
  const server = await start(VARIANT_OR_TOCK, databaseUrl, flags);
  try {
    await checkResponse(server, scenario, users);
    await measure(server, scenario, users, load);
  } finally {
    await server.stop();
  }
  print(`${scenario.title}: CPU time by function, without what it calls (profile in ${PROFILE_FOLDER})`);
  for (const line of topOfProfile(PROFILE_FOLDER)) print(line);
}

async function run(defaultDataset: Dataset, large?: Dataset): Promise<void> {
  const { url, users, postmasterPid } = defaultDataset;
  const loadOptions = {
    seconds: Number(values.seconds ?? (values.latency ? LATENCY_SECONDS : LOAD_SECONDS)),
    connections: Number(values.connections),
  };
  if (values.growth) await growth(url, users);
  else if (values.latency) await measureLatency(url, users, loadOptions.seconds);
  else if (values.profile) await profile(values.profile, url, users, { ...loadOptions, postmasterPid });
  else await compare(defaultDataset, large, loadOptions);
}

ensureBuild();
const { large: largeUsers } = values;
await withDataset(values.users, (defaultDataset) =>
  largeUsers ? withDataset(largeUsers, (large) => run(defaultDataset, large)) : run(defaultDataset),
);
