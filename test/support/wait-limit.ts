/**
 * The time after which a wait for an event fails. A wait checks that the event happens, and not how fast: on a busy
 * machine that takes seconds. It is shorter than the time limit of a test, so that the failure names the event.
 */
export const WAIT_MS = 15_000;
