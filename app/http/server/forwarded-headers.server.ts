import type { IncomingMessage, ServerResponse } from "node:http";
import { env } from "#app/env.server.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** How long a client is still listened to that was answered already, and how long it may take to notice the answer. */
const READ_ON_MS = 20;
const LINGER_MS = 500;

/** What proxies say of a request besides X-Forwarded-*, and what asks for another method or address than is sent. */
const CLAIMS = new Set([
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
/** The ones that are read: lists, to which each proxy appends. */
const READ = new Set(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"]);

const isClaim = (name: string): boolean => CLAIMS.has(name) || name.startsWith("x-forwarded-");

/**
 * Removes from a request what anybody may claim of it, before anything reads it. Of the lists that are read the last
 * `hops` values stay: our own proxies wrote them.
 */
export function stripUntrustedHeaders(request: IncomingMessage, hops: number): void {
  const { headers } = request;
  const claims = Object.keys(headers).filter(isClaim);
  if (claims.length === 0) return;
  const raw = request.rawHeaders;
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    if (!isClaim(name.toLowerCase())) kept.push(name, value);
  }
  for (const name of claims) {
    const list = hops > 0 && READ.has(name) ? String(headers[name]).split(",").slice(-hops).join(",") : "";
    delete headers[name];
    if (!list) continue;
    headers[name] = list;
    kept.push(name, list);
  }
  request.rawHeaders = kept;
}

/**
 * Ends a connection after an answer that came before all of the request had: nobody wants the rest. Not at once, for an
 * answer is lost that a reset overtakes; but from soon on nothing more is read.
 */
function endUnread(request: IncomingMessage, response: ServerResponse): void {
  response.once("finish", () => {
    if (request.complete) return;
    const { socket } = request;
    setTimeout(() => request.complete || socket.pause(), READ_ON_MS).unref();
    setTimeout(() => request.complete || socket.destroy(), LINGER_MS).unref();
  });
}

/** What is done with every request as soon as Node has read its headers. */
export const withTrustedHeaders =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    stripUntrustedHeaders(request, env().TRUST_PROXY);
    endUnread(request, response);
    listener(request, response);
  };
