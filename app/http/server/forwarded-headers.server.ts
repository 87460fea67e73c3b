import type { IncomingMessage } from "node:http";

/** Headers besides X-Forwarded-* that claim a client address, host, path or method. The application reads none of them. */
const FORWARDING_HEADERS = new Set([
  "forwarded",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
  "x-host",
  "x-original-host",
  "x-original-url",
  "x-rewrite-url",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);
/** Lists to which each proxy appends a value. */
const TRUSTABLE_HEADERS = new Set(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]);

const isForwardingHeader = (name: string): boolean =>
  FORWARDING_HEADERS.has(name) || name.startsWith("x-forwarded-");

/**
 * Removes the forwarding headers of a request, which every client can set. Of the lists that the application reads it
 * keeps the last `trustedProxies` values, which our own proxies appended.
 */
export function stripUntrustedHeaders(request: IncomingMessage, trustedProxies: number): void {
  const { headers, rawHeaders } = request;
  const names = Object.keys(headers).filter(isForwardingHeader);
  if (names.length === 0) return;
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = [rawHeaders[index], rawHeaders[index + 1]];
    if (!isForwardingHeader(name.toLowerCase())) kept.push(name, value);
  }
  for (const name of names) {
    const trusted =
      trustedProxies > 0 && TRUSTABLE_HEADERS.has(name)
        ? String(headers[name]).split(",").slice(-trustedProxies).join(",")
        : "";
    delete headers[name];
    if (!trusted) continue;
    headers[name] = trusted;
    kept.push(name, trusted);
  }
  request.rawHeaders = kept;
}
