import { randomUUID } from "node:crypto";
import { createMiddleware } from "hono/factory";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";
import { isApiPath } from "#app/http/responses/api-path.ts";
import { errorResponse } from "#app/http/responses/error-response.server.ts";
import { MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import { MAX_PATH_CHARACTERS, MAX_QUERY_CHARACTERS } from "#app/http/url-limits.ts";
import { bodyViolation } from "./body-limit.server.ts";
import { clientIpAddress, isPlainHttp, isSameOrigin, publicOrigin } from "./origin.server.ts";

/** Other apps share text of any length in the query of this page, which shortens it to what a task can hold. */
const SHARE_TARGET = /^\/dashboard(\.data)?$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Health probes and Prometheus inside a container network use its IP address as Host. */
const PROBE_PATHS = new Set(["/health", "/health/live", "/health/ready", "/metrics"]);
const PROBE_ORIGIN = "http://localhost";

/**
 * Rejects requests that no other part of the app should handle, and redirects http to https. Sets the request id, the
 * public origin and the client address. Every response carries X-Request-Id and is private unless it says otherwise.
 */
export const validateRequest = createMiddleware<AppEnv>(async (c, next) => {
  const { path, method } = c.req;
  const requestId = randomUUID();
  const origin = publicOrigin(c) ?? (PROBE_PATHS.has(path) ? PROBE_ORIGIN : undefined);
  c.set("requestId", requestId);
  c.set("origin", origin ?? "");
  c.set("ipAddress", clientIpAddress(c));
  // Set on Node's response like the security headers; a header of the handler's response replaces it.
  c.env.outgoing.setHeader("X-Request-Id", requestId);
  c.env.outgoing.setHeader("Cache-Control", "private, no-store");

  const violation =
    methodViolation(c) ?? sizeViolation(c) ?? addressViolation(c) ?? originViolation(c, origin);
  if (violation) return errorResponse(c, violation);
  if (mustRedirectToHttps(c))
    return c.redirect(`${env().APP_URL}${requestTarget(c.req.url)}`, SAFE_METHODS.has(method) ? 301 : 308);
  await next();
});

function methodViolation({ req: { method, path } }: AppContext): AppError | undefined {
  // API routes answer OPTIONS with 405 and their own Allow header.
  if (METHODS.includes(method) || (method === "OPTIONS" && isApiPath(path))) return undefined;
  return new MethodNotAllowedError(`The method ${method} isn't supported.`, METHODS);
}

function sizeViolation(c: AppContext): AppError | undefined {
  const { path, url } = c.req;
  const isQueryTooLong = queryLength(url) > MAX_QUERY_CHARACTERS && !SHARE_TARGET.test(path);
  if (path.length > MAX_PATH_CHARACTERS || isQueryTooLong)
    return new AppError("BAD_REQUEST", "The URL is too long.");
  return bodyViolation(c);
}

function queryLength(url: string): number {
  const start = url.indexOf("?");
  return start < 0 ? 0 : url.length - start - 1;
}

function addressViolation(c: AppContext): AppError | undefined {
  // Remix would answer with the data of a single loader and skip its own checks.
  if (c.req.query("_data") !== undefined)
    return new AppError("BAD_REQUEST", "The query parameter _data isn't supported.");
  // An API path of this kind is an ordinary unknown path: 404 in JSON.
  if (!isApiPath(c.req.path) && !isRoutablePath(c.req.path))
    return new AppError("BAD_REQUEST", "The URL isn't valid.");
  if (namesAnotherHost(c))
    return new AppError("BAD_REQUEST", "The URL and the Host header name different hosts.");
  return undefined;
}

/**
 * Whether Remix's router can handle a path. It throws at malformed escapes and at line breaks. A path that starts with
 * two slashes or backslashes, encoded or not, becomes a link to another site on the page (GHSA-wrjc-x8rr-h8h6).
 */
function isRoutablePath(path: string): boolean {
  try {
    const decoded = decodeURIComponent(path);
    return !/[\p{Cc}\u2028\u2029]/u.test(decoded) && !/^.[/\\]/.test(decoded);
  } catch {
    return false;
  }
}

/** Whether the request line has an absolute URL, as for a proxy, whose host differs from the Host header. */
function namesAnotherHost(c: AppContext): boolean {
  if (c.env.incoming.url?.startsWith("/")) return false;
  const { host, username, password } = new URL(c.req.url);
  return host !== c.req.header("Host")?.toLowerCase() || username !== "" || password !== "";
}

function originViolation(c: AppContext, origin: string | undefined): AppError | undefined {
  if (origin === undefined) return new AppError("BAD_REQUEST", "The Host header doesn't match this site.");
  if (SAFE_METHODS.has(c.req.method) || isSameOrigin(c, origin)) return undefined;
  return new AppError(
    "FORBIDDEN",
    "Nothing was changed, because this wasn't sent from a page of this site. A script needs a Bearer token.",
  );
}

const mustRedirectToHttps = (c: AppContext): boolean =>
  (env().APP_URL?.startsWith("https:") ?? false) && isPlainHttp(c) && !PROBE_PATHS.has(c.req.path);

function requestTarget(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
