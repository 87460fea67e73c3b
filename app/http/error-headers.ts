import type { HeadersFunction } from "@remix-run/node";

/** A page's `headers`: what a failure has to say beside its status, such as `Retry-After` and `Allow`. */
export const errorHeaders: HeadersFunction = ({ errorHeaders: failure, parentHeaders }) =>
  failure ?? parentHeaders;
