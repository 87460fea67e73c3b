import type { Summary } from "./results.ts";

/** What a scene may take at most, from the issue that asks for it. */
export interface Bounds {
  answerMs: number;
  openMs: number;
  healthMs: number;
  /** From the server's (or the network's) being back to the first write that succeeds. */
  healMs: number;
}

/** How a scene is played. */
export interface ScenarioOptions {
  bounds: Bounds;
  writers: number;
  rounds: number;
  seconds: number;
  /** Tells what happens now. */
  say(line: string): void;
  signal: AbortSignal;
}

/** What a scene saw, and which bounds it broke. */
export interface ScenarioReport extends Partial<Summary> {
  scene: string;
  healMs?: number;
  notes: string[];
  broken: string[];
}

/** Collects what is wrong, one line for each. */
export function createChecks() {
  const broken: string[] = [];
  return {
    broken,
    holds(condition: boolean, otherwise: string) {
      if (!condition) broken.push(otherwise);
    },
    atMost(what: string, value: number | undefined, bound: number) {
      if (value === undefined) broken.push(`${what}: never`);
      else if (value > bound) broken.push(`${what}: ${Math.round(value)} > ${bound}`);
    },
  };
}

/** The bounds that every outage shares. */
export function checkSummary(sums: Summary, bounds: Bounds) {
  const verdict = createChecks();
  verdict.holds(sums.acknowledged > 0, "nothing was acknowledged");
  verdict.atMost("lost", sums.lost, 0);
  verdict.atMost("doubled", sums.doubled, 0);
  verdict.holds(
    Object.keys(sums.otherCodes).length === 0,
    `others than DB_ERROR: ${JSON.stringify(sums.otherCodes)}`,
  );
  verdict.atMost("longest answer (ms)", sums.longestMs, bounds.answerMs);
  // What the machine itself is late by, that is not the breaker's fault.
  const openMs = Math.max(bounds.openMs, sums.controlOpenMs);
  if (sums.longestOpenMs !== undefined)
    verdict.atMost("longest answer with the breaker open (ms)", sums.longestOpenMs, openMs);
  return verdict;
}
