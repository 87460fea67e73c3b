import { randomUUID } from "node:crypto";
import { type HttpBindings, RequestError } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { htmlError, isApiPath, jsonError, toAppError } from "#app/http/responses/error-response.server.ts";
import { MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import { clientAddress, isPlainHttp, isSameOrigin, publicOrigin } from "./origin.server.ts";
import { MINIMAL_SECURITY_HEADERS } from "./security-headers.server.ts";

/** What the gate leaves with a request. */
export interface RequestVariables {
  requestId: string;
  origin: string;
  clientAddress: string;
}
export type AppEnv = { Variables: RequestVariables };

const BODY_BYTES = 64 * 1024;
/** Far more than any address of ours, and what any proxy lets pass. */
const PATH_CHARACTERS = 2 * 1024;
export const MAX_QUERY_CHARACTERS = 4 * 1024;
/** What other apps share arrives here in the query, at any length; the page takes of it what a task can hold. */
const SHARE_TARGET = /^\/dashboard(\.data)?$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** A refusal, in the language of whoever asked. */
export const errorResponse = (path: string, error: AppError): Response =>
  isApiPath(path) ? jsonError(error) : htmlError(error);

/**
 * First of all: names the request, and refuses what no part of the application should ever see. Every answer carries
 * its X-Request-Id, and is nobody else's to keep unless it says otherwise.
 */
export const validateRequest: MiddlewareHandler<AppEnv> = async (c, next) => {
  const requestId = randomUUID();
  c.set("requestId", requestId);
  const { path, method } = c.req;

  const refusal = findViolation(c);
  if (refusal) c.res = errorResponse(path, refusal);
  else if (mustRedirectToHttps(c))
    c.res = c.redirect(`${env().APP_URL}${requestTarget(c.req.url)}`, SAFE.has(method) ? 301 : 308);
  else await next();

  c.header("X-Request-Id", requestId);
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "private, no-store");
};

type GateContext = Parameters<typeof validateRequest>[0];

function findViolation(c: GateContext): AppError | undefined {
  const { method, path } = c.req;
  // An API path names its own methods to whoever asks for the options.
  if (!METHODS.includes(method) && !(method === "OPTIONS" && isApiPath(path))) {
    return new MethodNotAllowedError(`${method} is not supported.`, METHODS);
  }
  const longQuery = queryLength(c.req.url) > MAX_QUERY_CHARACTERS && !SHARE_TARGET.test(path);
  if (path.length > PATH_CHARACTERS || longQuery)
    return new AppError("BAD_REQUEST", "This address is too long.");
  if (Number(c.req.header("Content-Length") ?? 0) > BODY_BYTES) return tooLarge();
  // Nothing would count it.
  if ((method === "GET" || method === "HEAD") && c.req.header("Transfer-Encoding") !== undefined)
    return new AppError("BAD_REQUEST", "Reading takes no body.");
  // Remix would answer with a single loader's data, past its own checks of who is asking.
  if (c.req.query("_data") !== undefined)
    return new AppError("BAD_REQUEST", "The parameter _data is not served.");
  // Remix's router would only complain on the console. In the API such a path names nothing, like any other wrong one.
  // What begins with two slashes would, as a link to itself on the page, lead to another site (GHSA-wrjc-x8rr-h8h6).
  if (!isApiPath(path) && !isReadable(path))
    return new AppError("BAD_REQUEST", "This address makes no sense.");
  if (namesAnotherHost(c)) return new AppError("BAD_REQUEST", "The address and the Host do not agree.");
  const origin = publicOrigin(c);
  // A health probe inside the container speaks to an address, not to our name.
  if (!origin && path !== "/health") return new AppError("BAD_REQUEST", "This host is not served here.");
  c.set("origin", origin ?? "http://localhost");
  c.set("clientAddress", clientAddress(c));
  if (!SAFE.has(method) && !isSameOrigin(c, c.get("origin"))) {
    return new AppError(
      "FORBIDDEN",
      "Changes must come from this site's own pages, or carry a Bearer token.",
    );
  }
  return undefined;
}

/** Whether a request to us is written as one to a proxy, for a host that its Host header does not name. */
function namesAnotherHost(c: GateContext): boolean {
  const { incoming } = c.env as Partial<HttpBindings>;
  if (incoming === undefined || incoming.url?.startsWith("/")) return false;
  const { host, username, password } = new URL(c.req.url);
  return host !== c.req.header("Host")?.toLowerCase() || username !== "" || password !== "";
}

const tooLarge = () => new AppError("PAYLOAD_TOO_LARGE", "A body may have 64 KiB at most.");

function queryLength(url: string): number {
  const at = url.indexOf("?");
  return at < 0 ? 0 : url.length - at - 1;
}

/**
 * Whether Remix's router can make anything of a path: no broken escapes, no line ends, which it would not read past, and
 * no second slash or backslash at its start, however it is written, for then it takes what follows for a host.
 */
function isReadable(path: string): boolean {
  try {
    const plain = decodeURIComponent(path);
    return !/[\p{Cc}\u2028\u2029]/u.test(plain) && !/^.[/\\]/.test(plain);
  } catch {
    return false;
  }
}

const mustRedirectToHttps = (c: GateContext): boolean =>
  (env().APP_URL?.startsWith("https:") ?? false) && isPlainHttp(c) && c.req.path !== "/health";

function requestTarget(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/**
 * The answer to a request that never became one, so that the gate did not see it: its Host or its address makes no
 * sense. No browser sends such a thing, so it is always answered in JSON.
 */
export function unreadableRequestError(error: unknown): Response {
  const requestId = randomUUID();
  const refusal =
    error instanceof RequestError
      ? new AppError("BAD_REQUEST", "The request's address or Host makes no sense.", { cause: error })
      : toAppError(error, requestId);
  const answer = jsonError(refusal);
  for (const [name, value] of Object.entries({ ...MINIMAL_SECURITY_HEADERS, "X-Request-Id": requestId }))
    answer.headers.set(name, value);
  return answer;
}

const countedBody = bodyLimit({ maxSize: BODY_BYTES, onError: (c) => errorResponse(c.req.path, tooLarge()) });

/** Counts a body that comes in chunks while it streams in, and refuses it at 64 KiB. */
export const limitBody: MiddlewareHandler = async (c, next) => {
  // Of a declared length no more can come, and the gate has looked at it.
  if (c.req.header("Transfer-Encoding") === undefined) return next();
  let arrived = false;
  try {
    return await countedBody(c, () => {
      arrived = true;
      return next();
    });
  } catch (cause) {
    if (arrived) throw cause;
    return errorResponse(
      c.req.path,
      new AppError("BAD_REQUEST", "The body did not arrive whole.", { cause }),
    );
  }
};
