import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { percentile } from "../../support/percentile.ts";
import type { BenchUser } from "../dataset.ts";
import type { ServerProcess } from "../server-process.ts";
import { startDelayProxy } from "./delay-proxy.ts";
import { OPERATIONS, SIGN_IN } from "./operations.ts";
import { type Latencies, playUsers } from "./users.ts";

/** Until every connection of the pool is open and the code is compiled. */
const WARM_UP_SECONDS = 10;
const PINGS = 50;

/** The latencies at one distance of the database. */
export interface Distance {
  roundTripMs: number;
  /** The median of `select 1` through the proxy, on an idle machine the round trip and some 0.3 ms. */
  measuredMs: number;
  latencies: Latencies;
}

interface LatencyOptions {
  databaseUrl: string;
  users: BenchUser[];
  /** Users with think time. */
  concurrentUsers: number;
  seconds: number;
  start(databaseUrl: string): Promise<ServerProcess>;
}

async function measureRoundTrip(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const times: number[] = [];
  for (let sent = 0; sent < PINGS; sent++) {
    const startedAt = performance.now();
    await client.query("select 1");
    times.push(performance.now() - startedAt);
    await sleep(5);
  }
  await client.end();
  return percentile(times, 50);
}

/** Measures the latencies of concurrent users with the database at a distance. */
export async function measureDistance(
  roundTripMs: number,
  { databaseUrl, users, concurrentUsers, seconds, start }: LatencyOptions,
): Promise<Distance> {
  const proxy = await startDelayProxy(databaseUrl, roundTripMs);
  try {
    const measuredMs = await measureRoundTrip(proxy.url);
    const server = await start(proxy.url);
    try {
      const load = {
        url: server.url,
        users: users.slice(0, concurrentUsers),
        signingIn: users.slice(concurrentUsers),
      };
      await playUsers({ ...load, seconds: WARM_UP_SECONDS });
      return { roundTripMs, measuredMs, latencies: await playUsers({ ...load, seconds }) };
    } finally {
      await server.stop();
    }
  } finally {
    await proxy.close();
  }
}

/** A Markdown table of the 95th percentiles in ms, with the number of requests. A missed target is bold. */
export function latencyTable(distances: Distance[]): string {
  const heads = distances.map(({ roundTripMs }) => `database ${roundTripMs} ms away`);
  const cell = (title: string, targetMs: number, { latencies }: Distance) => {
    const times = [...(latencies.get(title) ?? [])].sort((a, b) => a - b);
    if (times.length === 0) return "none";
    const p95 = percentile(times, 95);
    const text = p95.toFixed(p95 < 10 ? 1 : 0);
    return `${p95 < targetMs ? text : `**${text}**`} (${times.length})`;
  };
  const rows = [...OPERATIONS, SIGN_IN].map(({ title, targetMs }) =>
    [title, `< ${targetMs}`, ...distances.map((distance) => cell(title, targetMs, distance))].join(" | "),
  );
  const measured = distances.map(({ measuredMs }) => `${measuredMs.toFixed(1)} ms`);
  return [
    `| ${["request", "target", ...heads].join(" | ")} |`,
    `|---|--:${"|--:".repeat(distances.length)}|`,
    ...rows.map((row) => `| ${row} |`),
    `| ${["round trip of `select 1`, median", "", ...measured].join(" | ")} |`,
  ].join("\n");
}
