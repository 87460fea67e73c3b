import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import type { Log } from "./log.ts";

/** The breaker opens after this many consecutive failures. */
const FAILURES_TO_OPEN = 3;
const PROBE_INTERVAL_MS = 500;
/** A server that has sent no response for this long is not worth another connection. */
const SILENCE_MS = 4_000;

/** Thrown without touching the database while the breaker is open. */
export class CircuitOpenError extends Error {
  override readonly name = "CircuitOpenError";
  /** The breaker logs its own opening, so the log needs no line per request. */
  readonly alreadyLogged = true;
}

/** Times are in ms of performance.now(). */
export interface CircuitBreaker {
  isOpen(): boolean;
  /** @throws CircuitOpenError while the breaker is open */
  assertClosed(): void;
  /**
   * For a caller that has waited since `startedAt`.
   * @throws CircuitOpenError while the breaker is open, or if the server has been silent for four seconds of that wait
   */
  assertResponsive(startedAt: number): void;
  /** The server responded, even if with an error. */
  recordSuccess(): void;
  /** The server could not be reached, or did not respond in time. */
  recordFailure(error: unknown): void;
  /** The time of the server's last response; undefined before the first. */
  lastSuccessAt(): number | undefined;
  /** When the breaker last opened; undefined if it never did. */
  lastOpenedAt(): number | undefined;
  /** Stops probing. */
  stop(): void;
}

/**
 * Creates the circuit breaker of the database. While it is open, it probes the server itself and closes at the first
 * response, so that no request serves as the probe.
 * @param probe one exchange with the server, with a time limit of its own
 */
export function createCircuitBreaker(probe: () => Promise<void>, log: Log): CircuitBreaker {
  const breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    // The prober alone keeps the interval: cockatiel would measure it by the wall clock, which may step back.
    halfOpenAfter: Number.NEGATIVE_INFINITY,
  });
  let lastSuccessAt: number | undefined;
  /** Whether a failure has been counted since the last success. Without one, the policy would only cost time. */
  let hasFailed = false;
  let lastOpenedAt: number | undefined;
  const prober = createProber(() => breaker.execute(probe));
  let isOutage = false;
  breaker.onBreak((reason) => {
    // cockatiel reports a break after each failed probe too. They belong to the same outage.
    if (isOutage) return;
    isOutage = true;
    lastOpenedAt = performance.now();
    const err = "error" in reason ? reason.error : undefined;
    log.error({ err }, "circuit breaker opened: database unavailable");
    prober.schedule();
  });
  breaker.onReset(() => {
    isOutage = false;
    const openMs = Math.round(performance.now() - (lastOpenedAt ?? 0));
    log.info({ openMs }, "circuit breaker closed: database available");
  });
  const isClosed = () => breaker.state === CircuitState.Closed;
  const assertClosed = () => {
    if (!isClosed()) throw new CircuitOpenError("The circuit breaker of the database is open.");
  };

  return {
    isOpen: () => !isClosed(),
    assertClosed,
    assertResponsive(startedAt) {
      assertClosed();
      if (performance.now() - Math.max(startedAt, lastSuccessAt ?? 0) > SILENCE_MS)
        throw new CircuitOpenError("The database has not responded while a connection was awaited.");
    },
    recordSuccess() {
      lastSuccessAt = performance.now();
      // A late response does not close an open breaker: only its own probe does.
      if (!hasFailed || !isClosed()) return;
      hasFailed = false;
      void breaker.execute(() => undefined);
    },
    recordFailure(error) {
      hasFailed = true;
      if (isClosed()) breaker.execute(() => Promise.reject(error)).catch(() => undefined);
    },
    lastSuccessAt: () => lastSuccessAt,
    lastOpenedAt: () => lastOpenedAt,
    stop: prober.stop,
  };
}

/** Repeats a probe until it succeeds. */
function createProber(probe: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const schedule = () => {
    if (isStopped) return;
    timer = setTimeout(() => {
      probe().catch(schedule);
    }, PROBE_INTERVAL_MS);
    timer.unref();
  };
  return {
    schedule,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
