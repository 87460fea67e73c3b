import autocannon from "autocannon";
import { percentile } from "../support/percentile.ts";
import type { BenchUser } from "./dataset.ts";
import { cpuSeconds, residentMibWithChildren } from "./resource-usage.ts";
import type { Scenario } from "./scenarios.ts";
import type { ServerProcess } from "./server-process.ts";

/** Requests of different users that one connection sends in turn; built once, so that the client costs little. */
const REQUESTS_PER_CONNECTION = 50;

export interface Measurement {
  requestsPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Microseconds of CPU per request. */
  serverCpuUs: number;
  databaseCpuUs: number;
  /** Resident memory of the server after the load, in MiB. */
  memoryMib: number;
}

export interface Load {
  seconds: number;
  connections: number;
  postmasterPid: number;
}

const randomUser = (users: BenchUser[]): BenchUser => {
  const user = users[Math.floor(Math.random() * users.length)];
  if (!user) throw new Error("there are no users");
  return user;
};

/** Sends one request and throws when the response is not the right one. */
export async function checkResponse(server: ServerProcess, scenario: Scenario, users: BenchUser[]) {
  const { method, path, headers, body } = scenario.request(randomUser(users));
  const response = await fetch(server.url + path, { method, headers, ...(body && { body }) });
  scenario.check(response.status, await response.text());
}

/**
 * Keeps a server busy with requests of random users.
 * @throws Error when any response has another status than 2xx, or none comes
 */
export async function measure(
  server: ServerProcess,
  scenario: Scenario,
  users: BenchUser[],
  { seconds, connections, postmasterPid }: Load,
): Promise<Measurement> {
  const before = { server: cpuSeconds(server.pid), database: cpuSeconds(postmasterPid) };
  const { latenciesMs, result } = await run({
    url: server.url,
    connections,
    duration: seconds,
    setupClient(client) {
      client.setRequests(
        Array.from({ length: REQUESTS_PER_CONNECTION }, () => scenario.request(randomUser(users))),
      );
    },
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${scenario.name}: ${result.non2xx} responses outside 2xx, ${result.errors} errors`);
  const perRequestUs = (cpu: number) => (cpu / latenciesMs.length) * 1e6;
  return {
    requestsPerSecond: latenciesMs.length / result.duration,
    p50Ms: percentile(latenciesMs, 50),
    p95Ms: percentile(latenciesMs, 95),
    p99Ms: percentile(latenciesMs, 99),
    serverCpuUs: perRequestUs(cpuSeconds(server.pid) - before.server),
    databaseCpuUs: perRequestUs(cpuSeconds(postmasterPid) - before.database),
    memoryMib: residentMibWithChildren(server.pid),
  };
}

/** Autocannon's own histogram has no 95th percentile, so every latency is collected. */
async function run(options: autocannon.Options) {
  const latencies: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
    instance.on("response", (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  });
  return { latenciesMs: latencies, result };
}
