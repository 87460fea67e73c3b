import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PASSWORD, type TestUser } from "../support/users.ts";
import { createResultLog, type Outcome, type ResultLog } from "./results.ts";

/** A client gives up later than any bound, so that a request that hangs is seen and does not hang the trial. */
const CLIENT_PATIENCE_MS = 40_000;
/** People who got an error do not try again a thousand times a second, and it is not the machine that is on trial. */
const AFTER_A_FAILURE_MS = 100;

export interface Traffic {
  ledger: ResultLog;
  /** Lets everybody finish what they are at. */
  stop(): Promise<void>;
}

/** One request, and how it ended; never rejects. */
export async function attempt(url: string, init: RequestInit = {}, title?: string): Promise<Outcome> {
  const began = Date.now();
  const signal = AbortSignal.timeout(CLIENT_PATIENCE_MS);
  const code = await fetch(url, { ...init, signal, redirect: "manual" }).then(
    async (response) => codeOf(response, await response.text()),
    describeFailure,
  );
  return { began, ended: Date.now(), code, ...(title !== undefined && { title }) };
}

function codeOf({ status, headers }: Response, text: string): string {
  if (status < 400) return "ok";
  const envelope = /^\{.*"code":"([A-Z_]+)"/.exec(text)?.[1];
  // A page tells people, in words; only this failure tells them when to come back.
  return envelope ?? (status === 500 && headers.has("Retry-After") ? "DB_ERROR" : `${status}`);
}

function describeFailure(error: Error): string {
  const { code, name } = (error.cause ?? error) as { code?: string; name: string };
  return code ?? name;
}

/** A write with a title that nobody else has, sent once. */
export function createTaskRequest(base: string, person: TestUser): Promise<Outcome> {
  const title = `trial ${randomUUID()}`;
  const headers = { Authorization: `Bearer ${person.token}`, "Content-Type": "application/json" };
  return attempt(`${base}/api/tasks`, { method: "POST", headers, body: JSON.stringify({ title }) }, title);
}

/** What others than writers do: read by API and page, and sign in. */
const visits = (base: string, person: TestUser): (() => Promise<Outcome>)[] => [
  () => attempt(`${base}/api/tasks`, { headers: { Authorization: `Bearer ${person.token}` } }),
  () => attempt(`${base}/dashboard`, { headers: { Cookie: person.cookie } }),
  () =>
    attempt(`${base}/api/auth/signin`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: person.email, password: PASSWORD }),
    }),
];
const BETWEEN_VISITS_MS = 500;
const BETWEEN_CONTROLS_MS = 20;

/**
 * Starts `writers` who write as fast as they are answered, three visitors, and one who asks for what
 * needs no database. A failed write is never repeated.
 */
export function startTraffic(base: string, person: TestUser, writers: number): Traffic {
  const ledger = createResultLog();
  let stopping = false;
  const repeat = async (act: () => Promise<Outcome>, pauseMs: number) => {
    while (!stopping) {
      const outcome = await act();
      ledger.add(outcome);
      await sleep(outcome.code === "ok" ? pauseMs : Math.max(pauseMs, AFTER_A_FAILURE_MS));
    }
  };
  const running = [
    ...Array.from({ length: writers }, () => repeat(() => createTaskRequest(base, person), 0)),
    ...visits(base, person).map((visit) => repeat(visit, BETWEEN_VISITS_MS)),
    repeat(
      async () => ({ ...(await attempt(`${base}/favicon.ico`)), code: "ok", control: true }),
      BETWEEN_CONTROLS_MS,
    ),
  ];
  return {
    ledger,
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}
