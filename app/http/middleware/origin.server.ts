import { env } from "#app/env.server.ts";
import type { AppContext } from "#app/http/app-env.ts";
import { isApiPath } from "#app/http/responses/api-path.ts";

/**
 * Returns the value of a list header that our outermost proxy wrote. Each proxy appends to the list; earlier values
 * come from the client, who may send anything.
 */
function trustedProxyValue(c: AppContext, name: string): string | undefined {
  const hops = env().TRUST_PROXY;
  if (hops === 0) return undefined;
  const header = c.req.header(name);
  if (!header) return undefined;
  const values = header.split(",").map((value) => value.trim());
  return values[Math.max(0, values.length - hops)] || undefined;
}

/** @returns the IP address of the client, as far as TRUST_PROXY allows it to be known */
export function clientIpAddress(c: AppContext): string {
  return trustedProxyValue(c, "X-Forwarded-For") ?? c.env.incoming.socket.remoteAddress ?? "";
}

/** Whether a trusted proxy reports that the client used plain http. False without a proxy: then it is unknown. */
export function isPlainHttp(c: AppContext): boolean {
  return trustedProxyValue(c, "X-Forwarded-Proto") === "http";
}

/**
 * Determines the origin under which the client reaches this site: APP_URL, else from the request.
 * @returns undefined when the Host is not valid or differs from APP_URL
 */
export function publicOrigin(c: AppContext): string | undefined {
  const host = trustedProxyValue(c, "X-Forwarded-Host") ?? c.req.header("Host") ?? "";
  if (!/^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)) return undefined;
  const forwardedScheme = trustedProxyValue(c, "X-Forwarded-Proto")?.toLowerCase() ?? "http";
  return matchingOrigin(forwardedScheme, host);
}

/** Parsing a URL takes longer than the rest of the validation, and few hosts occur. */
const parsedOrigins = new Map<string, string | undefined>();
const MAX_PARSED_ORIGINS = 1_000;

/** Parses an origin: without a default port and in lower case, so that equal origins compare equal. */
function parseOrigin(url: string): string | undefined {
  if (parsedOrigins.has(url)) return parsedOrigins.get(url);
  // A client may send any number of hosts.
  if (parsedOrigins.size >= MAX_PARSED_ORIGINS) parsedOrigins.clear();
  const origin = URL.canParse(url) ? new URL(url).origin : undefined;
  parsedOrigins.set(url, origin);
  return origin;
}

function matchingOrigin(forwardedScheme: string, host: string): string | undefined {
  const { APP_URL } = env();
  const scheme = APP_URL ? APP_URL.slice(0, APP_URL.indexOf(":")) : forwardedScheme;
  // Other schemes have the origin "null", which a sandboxed page sends too.
  if (scheme !== "http" && scheme !== "https") return undefined;
  const origin = parseOrigin(`${scheme}://${host}`);
  return APP_URL && origin !== APP_URL ? undefined : origin;
}

/**
 * CSRF protection: whether a request may change data. It may if it carries a Bearer token, which browsers never add by
 * themselves, or if the browser reports that it comes from our origin. A request without browser headers may if it has
 * no cookie, because it then acts for no user.
 */
export function isSameOrigin(c: AppContext, origin: string): boolean {
  // Pages authenticate by cookie only, so there a Bearer token proves nothing.
  if (isApiPath(c.req.path) && /^Bearer /i.test(c.req.header("Authorization") ?? "")) return true;
  const fetchSite = c.req.header("Sec-Fetch-Site");
  if (fetchSite !== undefined) return fetchSite === "same-origin";
  const requestOrigin = c.req.header("Origin");
  if (requestOrigin !== undefined) return requestOrigin === origin;
  return c.req.header("Cookie") === undefined;
}
