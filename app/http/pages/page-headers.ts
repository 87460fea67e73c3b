import type { HeadersFunction } from "@remix-run/node";

/**
 * A page's `headers`: what a failure has to say beside its status, such as `Retry-After` and `Allow`, whether it takes
 * the page's place or is told within it.
 */
export const pageHeaders: HeadersFunction = ({ errorHeaders: failure, actionHeaders, parentHeaders }) => {
  if (failure) return failure;
  const headers = new Headers(parentHeaders);
  for (const [name, value] of actionHeaders) headers.set(name, value);
  return headers;
};
