import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppServer } from "../support/app-server.ts";
import { percentile } from "../support/percentile.ts";
import { request, signUp, type TestResponse, type TestUser } from "../support/users.ts";
import { measureReads, residentMib, trackPeakMemory } from "./measurements.ts";

const failSignIn = (base: string, email: string): Promise<TestResponse> =>
  request(base, "POST", "/api/auth/signin", { body: { email, password: "not the password" } });

/**
 * Sends failing sign-ins at a fixed rate, without waiting for responses, while a user reads tasks.
 * @returns the read latencies, the number of sign-ins by status, and the growth of the server's memory
 */
export async function signInFlood(
  app: AppServer,
  user: TestUser,
  { perSecond = 50, seconds = 20, signal = new AbortController().signal } = {},
) {
  const initialMib = await residentMib(app.process.pid);
  const stopTracking = trackPeakMemory(app.process.pid);
  const stopReading = measureReads(user);
  const responses: Promise<TestResponse>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < perSecond * seconds && !signal.aborted; sent += 1) {
    await sleep(Math.max(0, startedAt + (sent * 1_000) / perSecond - performance.now()));
    responses.push(failSignIn(app.url, user.email));
  }
  const reads = await stopReading();
  const statuses: Record<number, number> = {};
  for (const { status } of await Promise.all(responses)) statuses[status] = (statuses[status] ?? 0) + 1;
  return { reads, statuses, grownMib: (await stopTracking()) - initialMib };
}

/** A response without the headers that differ in every response. */
const comparable = ({ status, headers, text }: TestResponse) => {
  const stable = [...headers].filter(
    ([name]) => !["date", "x-request-id", "content-security-policy"].includes(name),
  );
  return JSON.stringify([status, stable, text]);
};

/**
 * Alternates sign-ins with an unknown email address and with a wrong password: a difference would reveal accounts.
 * @returns the median durations in ms, their difference in percent, and whether all responses are identical
 */
export async function compareFailedSignIns(
  app: AppServer,
  {
    pairs = 100,
    onProgress = (_message: string): unknown => undefined,
    signal = new AbortController().signal,
  } = {},
) {
  const user = await signUp(app.url);
  const knownTimes: number[] = [];
  const unknownTimes: number[] = [];
  const responses = new Set<string>();
  const time = async (times: number[], email: string) => {
    const startedAt = performance.now();
    const response = await failSignIn(app.url, email);
    times.push(performance.now() - startedAt);
    responses.add(comparable(response));
  };
  for (let index = 0; index < pairs && !signal.aborted; index += 1) {
    const pair = [
      () => time(knownTimes, user.email),
      () => time(unknownTimes, `${randomUUID()}@example.org`),
    ];
    // The second request of a pair may be faster, so the order alternates.
    for (const send of index % 2 === 0 ? pair : pair.reverse()) await send();
    if (index % 10 === 9) onProgress(`${index + 1} of ${pairs} pairs`);
  }
  const [knownMs, unknownMs] = [percentile(knownTimes, 50), percentile(unknownTimes, 50)];
  return {
    knownMs,
    unknownMs,
    differencePercent: (Math.abs(knownMs - unknownMs) / knownMs) * 100,
    identical: responses.size === 1,
  };
}
