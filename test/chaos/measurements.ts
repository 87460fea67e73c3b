import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { percentile } from "../support/percentile.ts";
import type { TestUser } from "../support/users.ts";

const SAMPLE_INTERVAL_MS = 100;

/** Resident memory of a process in MiB. */
export async function residentMib(pid: number | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout) / 1024;
}

/** Samples the resident memory of a process. @returns a function that stops and returns the peak in MiB */
export function trackPeakMemory(pid: number | undefined): () => Promise<number> {
  let peak = 0;
  let stopping = false;
  const sampling = (async () => {
    while (!stopping) {
      peak = Math.max(peak, await residentMib(pid));
      await sleep(SAMPLE_INTERVAL_MS);
    }
  })();
  return async () => {
    stopping = true;
    await sampling;
    return peak;
  };
}

/** Reads the task list with a few clients. @returns a function that stops and returns latencies in ms */
export function measureReads(user: TestUser, readers = 4, pauseMs = 25) {
  const latencies: number[] = [];
  const failures: number[] = [];
  let stopping = false;
  const read = async () => {
    while (!stopping) {
      const startedAt = performance.now();
      const { status } = await user.api("GET", "/api/tasks");
      latencies.push(performance.now() - startedAt);
      if (status !== 200) failures.push(status);
      await sleep(pauseMs);
    }
  };
  const running = Array.from({ length: readers }, read);
  return async () => {
    stopping = true;
    await Promise.all(running);
    return {
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      count: latencies.length,
      failures,
    };
  };
}
