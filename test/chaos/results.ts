import pg from "pg";
import type { AppServer } from "../support/app-server.ts";
import { CLOCK_STEP_MS } from "./environment.ts";

/** The result of one request. `code` is "ok", an error code such as DB_ERROR, an HTTP status or a socket error. */
export interface Outcome {
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  code: string;
  /** The title of the task that this request creates. */
  title?: string;
  /** Needs no database: its duration shows how busy the machine is. */
  isControl?: boolean;
}

/** The outcomes of all requests of a scenario. */
export interface ResultLog {
  outcomes: Outcome[];
  add(outcome: Outcome): void;
  /** Titles of the tasks whose creation the server confirmed with 201. */
  acknowledged(): string[];
  /** Waits for a write acknowledged at `since` or later. @returns its time, or undefined after `timeoutMs` */
  firstWriteSince(since: number, timeoutMs: number): Promise<number | undefined>;
}

const OK = "ok";
const POLL_INTERVAL_MS = 5;

export function createResultLog(): ResultLog {
  const outcomes: Outcome[] = [];
  const isWrite = ({ code, title }: Outcome) => code === OK && title !== undefined;
  return {
    outcomes,
    add: (outcome) => void outcomes.push(outcome),
    acknowledged: () => outcomes.filter(isWrite).map(({ title }) => title ?? ""),
    async firstWriteSince(since, timeoutMs) {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
        // In the order of their end: everything before the first earlier one is earlier too.
        const from = outcomes.findLastIndex(({ endedAt }) => endedAt < since) + 1;
        const found = outcomes.slice(from).find(isWrite);
        if (found) return found.endedAt;
        await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
      }
      return undefined;
    },
  };
}

/**
 * The periods in which the circuit breaker was open, from the server's log. A server whose clock has stepped back meanwhile
 * logs an end before the beginning.
 */
export function circuitOpenPeriods(log: string[]): { from: number; to: number }[] {
  const periods: { from: number; to: number }[] = [];
  for (const line of log) {
    const time = Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? "");
    const last = periods.at(-1);
    if (line.includes("circuit breaker opened")) periods.push({ from: time, to: Number.POSITIVE_INFINITY });
    else if (line.includes("circuit breaker closed") && last)
      last.to = time < last.from ? time + CLOCK_STEP_MS : time;
  }
  return periods;
}

/** The outcomes of a scenario, compared with the database. */
export interface Summary {
  acknowledged: number;
  lost: number;
  duplicated: number;
  failed: number;
  /** How often each code other than DB_ERROR occurred. */
  otherCodes: Record<string, number>;
  longestMs: number;
  /** Of requests sent and answered while the circuit was open; undefined without such requests. */
  longestOpenMs: number | undefined;
  /** The same for requests that need no database. */
  controlOpenMs: number;
  medianOpenMs: number | undefined;
}

/** Summarizes the outcomes and looks up every acknowledged write in the database. */
export async function summarize(results: ResultLog, app: AppServer, databaseUrl: string): Promise<Summary> {
  const outcomes = results.outcomes.filter(({ isControl }) => !isControl);
  const stored = await storedTitles(databaseUrl);
  const acknowledged = results.acknowledged();
  const sent = new Set(outcomes.flatMap(({ title }) => title ?? []));
  const failures = outcomes.filter(({ code }) => code !== OK);
  const otherCodes: Record<string, number> = {};
  for (const { code } of failures) if (code !== "DB_ERROR") otherCodes[code] = (otherCodes[code] ?? 0) + 1;
  const periods = circuitOpenPeriods(app.log);
  const isWhileOpen = ({ startedAt, endedAt }: Outcome) =>
    periods.some(({ from, to }) => startedAt > from && endedAt < to);
  const whileOpen = outcomes
    .filter(isWhileOpen)
    .map(durationMs)
    .sort((a, b) => a - b);
  const control = results.outcomes
    .filter((outcome) => outcome.isControl && isWhileOpen(outcome))
    .map(durationMs);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((title) => !stored.has(title)).length,
    duplicated: [...stored].filter(([title, count]) => sent.has(title) && count > 1).length,
    failed: failures.length,
    otherCodes,
    longestMs: longest(outcomes.map(durationMs)),
    longestOpenMs: whileOpen.at(-1),
    controlOpenMs: longest(control),
    medianOpenMs: whileOpen[Math.floor(whileOpen.length / 2)],
  };
}

/** Not by Math.max, which cannot take the 200,000 requests of half an hour as arguments. */
const longest = (durations: number[]) => durations.reduce((a, b) => Math.max(a, b), 0);

const durationMs = ({ startedAt, endedAt }: Outcome) => endedAt - startedAt;

async function storedTitles(databaseUrl: string): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client
    .query<{ title: string; count: number }>("select title, count(*)::int from task group by title")
    .finally(() => client.end());
  return new Map(rows.map(({ title, count }) => [title, count]));
}
