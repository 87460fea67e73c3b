import { expect, it } from "vitest";
import { CircuitOpenError } from "#db/circuit-breaker.ts";
import { connectAdvice } from "#db/connect-advice.ts";
import {
  ConnectError,
  classifyDatabaseError,
  connecting,
  errorReason,
  isConflict,
  isLostConnection,
  isOutage,
} from "#db/errors.ts";

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

it.each<[string, Error, boolean]>([
  ["an invalid certificate", Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" }), false],
  ["an error without a code", new Error("SASL: client password must be a string"), false],
  ["a code of Node with five letters", Object.assign(new Error("connect EPERM"), { code: "EPERM" }), false],
  ["several refused addresses", new AggregateError([refused, refused], ""), true],
])("%s while connecting is an outage, and retried only if it may pass: %s", async (_, error, isLost) => {
  const thrown = await connecting(() => Promise.reject(error)).catch((caught) => caught);
  expect(thrown).toBeInstanceOf(ConnectError);
  expect(thrown).toMatchObject({ cause: error, message: expect.stringMatching(/./) });
  expect(classifyDatabaseError(thrown)).toEqual({ kind: "unavailable" });
  expect([isOutage(thrown), isLostConnection(thrown)]).toEqual([true, isLost]);
});

it("the reason of an error does not contain the advice of Node.js 24", () => {
  const advice = "; if the root CA is installed locally, try running Node.js with --use-system-ca";
  expect(errorReason(new Error(`self-signed certificate${advice}`))).toBe("self-signed certificate");
});

it("an SQLSTATE while connecting is not an outage, because the server has answered", async () => {
  const wrongPassword = postgres("28P01");
  await expect(connecting(() => Promise.reject(wrongPassword))).rejects.toBe(wrongPassword);
  expect(isOutage(wrongPassword)).toBe(false);
});

it.each([
  ["08P01", "unsupported startup parameter: statement_timeout", /DB_PGBOUNCER/],
  ["08P01", "server login has been failing", undefined],
  ["0A000", "RDS Proxy currently doesn't support command-line options.", /DB_PGBOUNCER/],
  ["0A000", "cannot alter type of a column used by a view", undefined],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", /host name/],
  ["CERT_HAS_EXPIRED", "certificate has expired", /Renew/],
  ["ENOENT", "ENOENT: no such file or directory, open '/ca.crt'", /sslrootcert/],
  ["ENOENT", "connect ENOENT /run/postgresql/.s.PGSQL.5432", undefined],
])("%s (%s) while connecting has advice: %s", (code, message, advice) => {
  const error = new Error("wrapped", { cause: Object.assign(new Error(message), { code }) });
  expect(connectAdvice(error) ?? "").toMatch(advice ?? /^$/);
});

it("isConflict recognizes serialization failures and deadlocks, also wrapped or as a cause", () => {
  expect(isConflict(postgres("40001"))).toBe(true);
  expect(isConflict(wrapped(postgres("40P01")))).toBe(true);
  expect(isConflict(new Error("wrapped", { cause: wrapped(postgres("40P01")) }))).toBe(true);
  expect(isConflict(postgres("23505"))).toBe(false);
  expect(isConflict(new Error("wrapped", { cause: refused }))).toBe(false);
  expect(isConflict(undefined)).toBe(false);
});
