import type { Summary } from "./results.ts";

/** Upper bounds of a scenario. */
export interface Bounds {
  responseMs: number;
  /** For responses while the circuit breaker is open. */
  circuitOpenMs: number;
  healthMs: number;
  /** From the end of the outage to the first write that succeeds. */
  recoveryMs: number;
  /** From the kill of PostgreSQL to its first response. */
  restartMs: number;
}

export interface ScenarioOptions {
  bounds: Bounds;
  /** Clients that write concurrently. */
  writers: number;
  rounds: number;
  seconds: number;
  onProgress(message: string): void;
  signal: AbortSignal;
}

/** The measurements of a scenario, and the bounds that it violated. */
export interface ScenarioReport extends Partial<Summary> {
  scenario: string;
  recoveryMs?: number;
  notes: string[];
  violations: string[];
}

/** Collects one line per violation. */
export function createChecks() {
  const violations: string[] = [];
  return {
    violations,
    check(condition: boolean, violation: string) {
      if (!condition) violations.push(violation);
    },
    atMost(name: string, value: number | undefined, bound: number) {
      if (value === undefined) violations.push(`${name}: never`);
      else if (value > bound) violations.push(`${name}: ${Math.round(value)} > ${bound}`);
    },
  };
}

/** Checks the bounds that all outages share. */
export function checkSummary(summary: Summary, bounds: Bounds) {
  const checks = createChecks();
  checks.check(summary.acknowledged > 0, "no write was acknowledged");
  checks.atMost("lost writes", summary.lost, 0);
  checks.atMost("duplicated writes", summary.duplicated, 0);
  checks.check(
    Object.keys(summary.otherCodes).length === 0,
    `codes other than DB_ERROR: ${JSON.stringify(summary.otherCodes)}`,
  );
  checks.atMost("longest response (ms)", summary.longestMs, bounds.responseMs);
  // Requests that need no database measure the delay of a busy machine.
  const circuitOpenMs = Math.max(bounds.circuitOpenMs, summary.controlOpenMs);
  if (summary.longestOpenMs !== undefined)
    checks.atMost("longest response with the circuit open (ms)", summary.longestOpenMs, circuitOpenMs);
  return checks;
}
