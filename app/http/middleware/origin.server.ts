import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { env } from "#app/env.server.ts";
import { isApiPath } from "#app/http/responses/error-response.server.ts";

/**
 * One value of a list that proxies append to: the one written by the outermost proxy that is ours. What stands before
 * it was sent by the client, who may write anything.
 */
function fromProxy(header: string | undefined): string | undefined {
  const hops = env().TRUST_PROXY;
  if (hops === 0 || !header) return undefined;
  const values = header.split(",").map((value) => value.trim());
  return values[Math.max(0, values.length - hops)] || undefined;
}

/** The address a request comes from, as far as TRUST_PROXY lets us believe it. */
export function clientAddress(c: Context): string {
  return fromProxy(c.req.header("X-Forwarded-For")) ?? getConnInfo(c).remote.address ?? "";
}

/** Whether a trusted proxy says that the visitor came by plain http. Without one nobody can know. */
export function isPlainHttp(c: Context): boolean {
  return fromProxy(c.req.header("X-Forwarded-Proto")) === "http";
}

/**
 * The origin the visitor sees: APP_URL, or what the request says of itself.
 * @returns undefined when the Host is none, or not the one of APP_URL
 */
export function publicOrigin(c: Context): string | undefined {
  const host = fromProxy(c.req.header("X-Forwarded-Host")) ?? c.req.header("Host") ?? "";
  if (!/^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)) return undefined;
  const { APP_URL } = env();
  const scheme = APP_URL
    ? new URL(APP_URL).protocol.slice(0, -1)
    : (fromProxy(c.req.header("X-Forwarded-Proto")) ?? "http").toLowerCase();
  // Any other scheme has the origin "null", which is also what a sandboxed page calls its own.
  if (scheme !== "http" && scheme !== "https") return undefined;
  const stated = `${scheme}://${host}`;
  // Parsing drops a port that is the scheme's own, and cases, so that equal origins compare equal.
  const origin = URL.canParse(stated) ? new URL(stated).origin : undefined;
  return APP_URL && origin !== APP_URL ? undefined : origin;
}

/**
 * Whether a request that changes something may do so: it carries its own proof (a Bearer token, which no browser adds
 * by itself), or the browser says that it comes from a page of ours. Without a word from a browser only what carries
 * no cookie, and so nobody's rights, is let pass.
 */
export function isSameOrigin(c: Context, origin: string): boolean {
  // Pages know only the cookie, so there a Bearer token proves nothing.
  if (isApiPath(c.req.path) && /^Bearer /i.test(c.req.header("Authorization") ?? "")) return true;
  const site = c.req.header("Sec-Fetch-Site");
  if (site !== undefined) return site === "same-origin";
  const from = c.req.header("Origin");
  if (from !== undefined) return from === origin;
  return c.req.header("Cookie") === undefined;
}
