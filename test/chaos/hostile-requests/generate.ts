import fc from "fast-check";
import { body } from "./bodies.ts";
import { CORRUPTIONS } from "./corruptions.ts";
import { headers } from "./headers.ts";
import { printable } from "./strings.ts";
import { path, query, type Targets } from "./targets.ts";

/** One generated request, before it is serialised. */
export interface HostileRequest {
  credentials: "none" | "bearer" | "cookie" | "forged";
  method: string;
  /** Any characters but those that end a request line. */
  target: string;
  headers: [string, string][];
  body: Buffer | undefined;
  /** How the body is delimited. */
  framing: "length" | "chunks";
  /** Changes the serialised bytes into something that is not valid HTTP. Needs its own connection. */
  corrupt: ((request: Buffer) => Buffer) | undefined;
}

/** A request with more headers than this tests whether the server reads all of them. */
export const MANY_HEADERS_FROM = 900;

const COMMON_METHODS = ["GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE"];
const ODD_METHODS = [
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "QUERY",
  "PURGE",
  "LINK",
  "get",
  "Post",
  "GETS",
  "M-SEARCH",
];
const method = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(...COMMON_METHODS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_METHODS) },
);
const credentials = fc.constantFrom<HostileRequest["credentials"][]>(
  "bearer",
  "bearer",
  "cookie",
  "cookie",
  "none",
  "forged",
);

/** Requests for the given targets. Everything comes from fast-check, so that a seed reproduces a run. */
export function hostileRequests(targets: Targets): fc.Arbitrary<HostileRequest> {
  return fc
    .record({
      credentials,
      method,
      path: path(targets),
      query,
      headers,
      body,
      framing: fc.constantFrom<HostileRequest["framing"][]>("length", "length", "chunks"),
      corrupt: fc.oneof(
        { weight: 24, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...CORRUPTIONS) },
      ),
    })
    .map(({ path, query, body, ...request }) => {
      const isBodiless = request.method === "GET" || request.method === "HEAD";
      const type: [string, string][] =
        body.type !== undefined && !isBodiless ? [["Content-Type", body.type]] : [];
      // The server must read a Content-Type behind many headers too.
      const hasManyHeaders = request.headers.length > MANY_HEADERS_FROM;
      return {
        ...request,
        target: printable(path + query) || "/",
        headers: hasManyHeaders ? [...request.headers, ...type] : [...type, ...request.headers],
        body: isBodiless ? undefined : body.body,
      };
    });
}
