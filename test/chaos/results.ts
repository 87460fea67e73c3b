import pg from "pg";
import type { AppServer } from "../support/app-server.ts";

/** How one request ended. `code` is DB_ERROR and its like, "ok", or what happened to the connection. */
export interface Outcome {
  began: number;
  ended: number;
  code: string;
  /** The title that this request was to write. */
  title?: string;
  /** It asked for nothing from the database: how long it took is how busy the machine was. */
  control?: boolean;
}

/** Everything that a scene's clients saw. */
export interface ResultLog {
  outcomes: Outcome[];
  add(outcome: Outcome): void;
  /** Titles that were answered with 201. */
  acknowledged(): string[];
  /** Waits for a write that was acknowledged at `since` or later. @returns when that was, or undefined if none came */
  firstWriteSince(since: number, patienceMs: number): Promise<number | undefined>;
}

const OK = "ok";
const LOOK_AGAIN_MS = 5;

export function createResultLog(): ResultLog {
  const outcomes: Outcome[] = [];
  const isWrite = ({ code, title }: Outcome) => code === OK && title !== undefined;
  return {
    outcomes,
    add: (outcome) => void outcomes.push(outcome),
    acknowledged: () => outcomes.filter(isWrite).map(({ title }) => title ?? ""),
    async firstWriteSince(since, patienceMs) {
      for (const end = Date.now() + patienceMs; Date.now() < end; ) {
        const found = outcomes.find((outcome) => isWrite(outcome) && outcome.ended >= since);
        if (found) return found.ended;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
      return undefined;
    },
  };
}

/** When the breaker was open, by the server's own log. */
export function circuitOpenPeriods(log: string[]): { from: number; to: number }[] {
  const periods: { from: number; to: number }[] = [];
  for (const line of log) {
    const time = Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? "");
    const last = periods.at(-1);
    if (line.includes("circuit breaker opened")) periods.push({ from: time, to: Number.POSITIVE_INFINITY });
    else if (line.includes("circuit breaker closed") && last) last.to = time;
  }
  return periods;
}

/** What a ledger adds up to. */
export interface Summary {
  acknowledged: number;
  lost: number;
  doubled: number;
  failed: number;
  /** Codes of failures that are not DB_ERROR, and how often. */
  otherCodes: Record<string, number>;
  longestMs: number;
  /** Of requests sent and answered while the breaker was open; undefined when there were none. */
  longestOpenMs: number | undefined;
  /** The same of requests that need no database. */
  controlOpenMs: number;
  medianOpenMs: number | undefined;
}

/** Adds a ledger up, and compares it with what is in the database. */
export async function summarize(ledger: ResultLog, tock: AppServer, databaseUrl: string): Promise<Summary> {
  const outcomes = ledger.outcomes.filter(({ control }) => !control);
  const stored = await storedTitles(databaseUrl);
  const acknowledged = ledger.acknowledged();
  const sent = new Set(outcomes.flatMap(({ title }) => title ?? []));
  const failures = outcomes.filter(({ code }) => code !== OK);
  const otherCodes: Record<string, number> = {};
  for (const { code } of failures) if (code !== "DB_ERROR") otherCodes[code] = (otherCodes[code] ?? 0) + 1;
  const periods = circuitOpenPeriods(tock.log);
  const isOpen = ({ began, ended }: Outcome) => periods.some(({ from, to }) => began > from && ended < to);
  const whileOpen = outcomes
    .filter(isOpen)
    .map(took)
    .sort((a, b) => a - b);
  const control = ledger.outcomes.filter((outcome) => outcome.control && isOpen(outcome)).map(took);
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((title) => !stored.has(title)).length,
    doubled: [...stored].filter(([title, count]) => sent.has(title) && count > 1).length,
    failed: failures.length,
    otherCodes,
    longestMs: Math.max(0, ...outcomes.map(took)),
    longestOpenMs: whileOpen.at(-1),
    controlOpenMs: Math.max(0, ...control),
    medianOpenMs: whileOpen[Math.floor(whileOpen.length / 2)],
  };
}

const took = ({ began, ended }: Outcome) => ended - began;

async function storedTitles(databaseUrl: string): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client
    .query<{ title: string; count: number }>("select title, count(*)::int from task group by title")
    .finally(() => client.end());
  return new Map(rows.map(({ title, count }) => [title, count]));
}
