import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppServer } from "../support/app-server.ts";
import { request, signUp, type TestResponse, type TestUser } from "../support/users.ts";
import { residentMib, watchMemory, watchReads } from "./floods.ts";
import { percentile } from "./percentile.ts";

const trySignIn = (base: string, email: string): Promise<TestResponse> =>
  request(base, "POST", "/api/auth/signin", { body: { email, password: "not the password" } });

/**
 * So many sign-ins a second, sent whether or not the ones before were answered, while somebody reads tasks.
 * @returns how long the reads took, what the sign-ins were answered, and by how much the server's memory grew
 */
export async function signInFlood(
  tock: AppServer,
  person: TestUser,
  { perSecond = 50, seconds = 20, signal = new AbortController().signal } = {},
) {
  const before = await residentMib(tock.process.pid);
  const stopWatching = watchMemory(tock.process.pid);
  const stopReading = watchReads(person);
  const answers: Promise<TestResponse>[] = [];
  const began = performance.now();
  for (let sent = 0; sent < perSecond * seconds && !signal.aborted; sent += 1) {
    await sleep(Math.max(0, began + (sent * 1_000) / perSecond - performance.now()));
    answers.push(trySignIn(tock.url, person.email));
  }
  const reads = await stopReading();
  const statuses: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) statuses[status] = (statuses[status] ?? 0) + 1;
  return { reads, statuses, grownMib: (await stopWatching()) - before };
}

/** What may differ between two answers of the same kind. */
const steady = ({ status, headers, text }: TestResponse) => {
  const kept = [...headers].filter(
    ([name]) => !["date", "x-request-id", "content-security-policy"].includes(name),
  );
  return JSON.stringify([status, kept, text]);
};

/**
 * Signs in with an address that nobody has and with a wrong password, turn by turn.
 * @returns the medians in ms, by how many percent they differ, and whether the answers are the same
 */
export async function compareFailedSignIns(
  tock: AppServer,
  { rounds = 100, say = (_line: string): unknown => undefined, signal = new AbortController().signal } = {},
) {
  const person = await signUp(tock.url);
  const known: number[] = [];
  const unknown: number[] = [];
  const seen = new Set<string>();
  const timed = async (times: number[], email: string) => {
    const began = performance.now();
    const answer = await trySignIn(tock.url, email);
    times.push(performance.now() - began);
    seen.add(steady(answer));
  };
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    const pair = [() => timed(known, person.email), () => timed(unknown, `${randomUUID()}@example.org`)];
    // Whoever comes second could be the quicker for it.
    for (const one of round % 2 === 0 ? pair : pair.reverse()) await one();
    if (round % 10 === 9) say(`${round + 1} of ${rounds} pairs`);
  }
  const [knownMs, unknownMs] = [percentile(known, 50), percentile(unknown, 50)];
  return {
    knownMs,
    unknownMs,
    percent: (Math.abs(knownMs - unknownMs) / knownMs) * 100,
    same: seen.size === 1,
  };
}
