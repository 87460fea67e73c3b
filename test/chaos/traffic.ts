import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PASSWORD, type TestUser } from "../support/users.ts";
import { createResultLog, type Outcome, type ResultLog } from "./results.ts";

/** Longer than any bound, so that a hanging request becomes a failed check. */
const CLIENT_TIMEOUT_MS = 40_000;
/** Clients back off after an error, as browsers and people do. */
const BACKOFF_MS = 100;
const READ_INTERVAL_MS = 500;
const CONTROL_INTERVAL_MS = 20;

export interface Traffic {
  results: ResultLog;
  /** Stops after the requests in flight. */
  stop(): Promise<void>;
}

/** Sends one request. Never rejects: an error becomes the outcome's code. */
export async function attempt(url: string, init: RequestInit = {}, title?: string): Promise<Outcome> {
  const startedAt = Date.now();
  const signal = AbortSignal.timeout(CLIENT_TIMEOUT_MS);
  const code = await fetch(url, { ...init, signal, redirect: "manual" })
    .then(async (response) => codeOf(response, await response.text()))
    .catch(errorCodeOf);
  return { startedAt, endedAt: Date.now(), code, ...(title !== undefined && { title }) };
}

function codeOf({ status, headers }: Response, text: string): string {
  if (status < 400) return "ok";
  const errorCode = /^\{.*"code":"([A-Z_]+)"/.exec(text)?.[1];
  // An error page shows no code; only a database error has a Retry-After with status 500.
  return errorCode ?? (status === 500 && headers.has("Retry-After") ? "DB_ERROR" : `${status}`);
}

function errorCodeOf(error: Error): string {
  const { code, name } = (error.cause ?? error) as { code?: string; name: string };
  return code ?? name;
}

/** Creates a task with a unique title, without a retry. */
export function createTaskRequest(base: string, user: TestUser): Promise<Outcome> {
  const title = `chaos ${randomUUID()}`;
  const headers = { Authorization: `Bearer ${user.token}`, "Content-Type": "application/json" };
  return attempt(`${base}/api/tasks`, { method: "POST", headers, body: JSON.stringify({ title }) }, title);
}

/** The requests besides writes: a read by API, a page and a sign-in. */
const otherRequests = (base: string, user: TestUser, signsIn: TestUser): (() => Promise<Outcome>)[] => [
  () => attempt(`${base}/api/tasks`, { headers: { Authorization: `Bearer ${user.token}` } }),
  () => attempt(`${base}/dashboard`, { headers: { Cookie: user.cookie } }),
  () =>
    attempt(`${base}/api/auth/signin`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: signsIn.email, password: PASSWORD }),
    }),
];

/**
 * Starts clients that send one request after another: `writers` that create tasks, three that read or sign in, and one
 * control client that needs no database.
 * @param options.writeIntervalMs between two requests of a writer
 * @param options.signsIn another user for the sign-ins: hundreds of them end the first session of an account
 */
export function startTraffic(
  base: string,
  user: TestUser,
  writers: number,
  { writeIntervalMs = 0, signsIn = user }: { writeIntervalMs?: number; signsIn?: TestUser } = {},
): Traffic {
  const results = createResultLog();
  let stopping = false;
  const repeat = async (send: () => Promise<Outcome>, intervalMs: number) => {
    while (!stopping) {
      const outcome = await send();
      results.add(outcome);
      await sleep(outcome.code === "ok" ? intervalMs : Math.max(intervalMs, BACKOFF_MS));
    }
  };
  const running = [
    ...Array.from({ length: writers }, () => repeat(() => createTaskRequest(base, user), writeIntervalMs)),
    ...otherRequests(base, user, signsIn).map((send) => repeat(send, READ_INTERVAL_MS)),
    repeat(
      async () => ({ ...(await attempt(`${base}/favicon.ico`)), code: "ok", isControl: true }),
      CONTROL_INTERVAL_MS,
    ),
  ];
  return {
    results,
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}
