import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import type { Log } from "./log.ts";

/** After so many failures in a row without one answer between them the database counts as gone. */
const FAILURES_TO_OPEN = 3;
/** How often somebody looks whether it is back. */
const PROBE_EVERY_MS = 500;

/** Thrown at once, without touching the database, while the breaker is open. */
export class CircuitOpenError extends Error {
  override readonly name = "DatabaseAwayError";
  /** The log has it once, not for each of them. */
  readonly alreadyLogged = true;
}

export interface CircuitBreaker {
  /** @throws DatabaseAwayError while the breaker is open */
  check(): void;
  /** Says how an exchange with the server went: an answer of any kind, or none. */
  answered(): void;
  failed(error: unknown): void;
  /** When the server last answered anything, in ms since 1970. */
  lastAnswer(): number;
  /** When the breaker last opened, in ms since 1970; 0 if it never did. */
  lastBreak(): number;
  /** Ends the probing. */
  stop(): void;
}

/**
 * The circuit breaker over the database. Open, it refuses at once; a probe of its own, never somebody's request, goes
 * out in its half-open state and closes it again.
 * @param probe one exchange with the server that fails soon if there is none
 */
export function createCircuitBreaker(probe: () => Promise<void>, log: Log): CircuitBreaker {
  const breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    halfOpenAfter: PROBE_EVERY_MS - 1,
  });
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let openedAt = 0;
  let lastAnswer = 0;
  let lastBreak = 0;

  const probeSoon = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      breaker.execute(probe).catch(() => probeSoon());
    }, PROBE_EVERY_MS);
    timer.unref();
  };
  breaker.onBreak((reason) => {
    // It breaks again after each probe that fails; the outage is the same.
    if (openedAt > 0) return;
    openedAt = Date.now();
    lastBreak = openedAt;
    const err = "error" in reason ? reason.error : undefined;
    log.error({ err }, "the database is away: answering DB_ERROR at once until it is back");
    probeSoon();
  });
  breaker.onReset(() => {
    log.info({ awayMs: Date.now() - openedAt }, "the database is back");
    openedAt = 0;
  });

  return {
    check() {
      if (breaker.state !== CircuitState.Closed) throw new CircuitOpenError("The database is away.");
    },
    answered() {
      lastAnswer = Date.now();
      if (breaker.state === CircuitState.Closed) void breaker.execute(() => undefined);
    },
    failed(error) {
      if (breaker.state === CircuitState.Closed)
        breaker.execute(() => Promise.reject(error)).catch(() => undefined);
    },
    lastAnswer: () => lastAnswer,
    lastBreak: () => lastBreak,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
