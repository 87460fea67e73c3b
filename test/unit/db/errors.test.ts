import { expect, it } from "vitest";
import { CircuitOpenError } from "#db/circuit-breaker.ts";
import { classifyDatabaseError, isConflict, isLostConnection, isOutage } from "#db/errors.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const postgres = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });
/** As Objection throws it. */
const wrapped = (nativeError: Error) => Object.assign(new Error("DBError"), { nativeError });

it.each([
  ["a refused connection", refused, true],
  ["several refused addresses", new AggregateError([refused, refused], ""), true],
  [
    "a terminated connection, wrapped by Objection",
    wrapped(new Error("Connection terminated unexpectedly")),
    true,
  ],
  ["admin_shutdown", postgres("57P01"), true],
  ["cannot_connect_now", postgres("57P03"), true],
  ["too_many_connections", postgres("53300"), false],
  ["connection_failure", postgres("08006"), true],
  ["unique_violation", postgres("23505"), false],
  ["query_canceled", postgres("57014"), false],
  ["deadlock_detected", postgres("40P01"), false],
  ["a CircuitOpenError", new CircuitOpenError("open"), false],
  ["a TypeError", new TypeError("x is not a function"), false],
  ["undefined", undefined, false],
])("%s is a lost connection, and an outage: %s", (_, error, isLost) => {
  expect(isLostConnection(error)).toBe(isLost);
  expect(isOutage(error)).toBe(isLost);
});

it("a timeout is an outage but not a lost connection, because the statement may still run", () => {
  for (const timeout of [new Error("Query read timeout"), new Error("timeout expired")]) {
    expect(isOutage(timeout)).toBe(true);
    expect(isLostConnection(timeout)).toBe(false);
    expect(classifyDatabaseError(timeout)).toEqual({ kind: "unavailable" });
  }
});

it("isConflict recognizes serialization failures and deadlocks, also wrapped or as a cause", () => {
  expect(isConflict(postgres("40001"))).toBe(true);
  expect(isConflict(wrapped(postgres("40P01")))).toBe(true);
  expect(isConflict(new Error("wrapped", { cause: wrapped(postgres("40P01")) }))).toBe(true);
  expect(isConflict(postgres("23505"))).toBe(false);
  expect(isConflict(new Error("wrapped", { cause: refused }))).toBe(false);
  expect(isConflict(undefined)).toBe(false);
});
