/** For responses to requests that cannot be parsed, so that no middleware runs. */
export const MINIMAL_SECURITY_HEADERS = {
  "Cache-Control": "private, no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};
