import { setTimeout as sleep } from "node:timers/promises";
import { BulkheadRejectedError, bulkhead } from "cockatiel";
import { log, warnOncePerMinute } from "#app/log.server.ts";

/*
 * Work that a request starts and does not wait for. It is bounded, and a shutdown waits for it. It is in memory: a crash
 * loses it.
 */

const CONCURRENT_MAX = 4;
/** Further work is dropped: a mail server that does not respond must not fill the memory. */
const WAITING_MAX = 200;

/** Once per minute: a flood of requests must not fill the log. */
const logDropped = warnOncePerMinute("background work dropped: too much waits");

const running = new Set<Promise<void>>();
const slots = bulkhead(CONCURRENT_MAX, WAITING_MAX);
const stopping = new AbortController();

/**
 * Runs `work` after the current request has been handled. Failures are logged.
 * @param work gets a signal that is aborted when the process is about to end, so that it stops waiting
 */
export function runInBackground(name: string, work: (signal: AbortSignal) => Promise<void>): void {
  const { signal } = stopping;
  const done = slots
    // After the response has been written, whose duration must not depend on the work.
    .execute(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await work(signal);
    })
    .catch((err) => {
      if (err instanceof BulkheadRejectedError) logDropped({ work: name });
      else log.error({ err, work: name }, "background work failed");
    })
    .finally(() => running.delete(done));
  running.add(done);
}

/**
 * Aborts the waits of the work in progress and in the queue, and waits for its end.
 * @param timeoutMs after this time the rest is lost, which is logged
 */
export async function drainBackground(timeoutMs: number): Promise<void> {
  stopping.abort();
  const timer = new AbortController();
  await Promise.race([
    Promise.all(running),
    sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
  if (running.size > 0) log.error({ lost: running.size }, "background work lost at shutdown");
}
