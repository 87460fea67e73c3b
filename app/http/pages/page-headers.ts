import type { HeadersFunction } from "@remix-run/node";

/**
 * The `headers` export of every page. Keeps the headers of an error, such as `Retry-After` and `Allow`, whether it
 * replaces the page or is shown within it.
 */
export const pageHeaders: HeadersFunction = ({ errorHeaders, actionHeaders, parentHeaders }) => {
  if (errorHeaders) return errorHeaders;
  const headers = new Headers(parentHeaders);
  for (const [name, value] of actionHeaders) headers.set(name, value);
  return headers;
};
