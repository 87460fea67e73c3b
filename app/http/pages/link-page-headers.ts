import type { HeadersFunction } from "@remix-run/node";
import { pageHeaders } from "./page-headers.ts";

/**
 * The `headers` export of a page whose address contains a secret token. Its Referer headers contain the origin only, also
 * within this site, because proxies may log them. With `no-referrer` Chromium would post the form with "Origin: null".
 */
export const linkPageHeaders: HeadersFunction = (args) => {
  const headers = new Headers(pageHeaders(args));
  headers.set("Referrer-Policy", "strict-origin");
  return headers;
};
