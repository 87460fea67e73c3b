import type { MiddlewareHandler } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { env } from "#app/env.server.ts";
import { isApiPath } from "#app/http/responses/error-response.server.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** What browsers could offer to a page, and ours has no use for. */
const NO_FEATURES = {
  accelerometer: [],
  camera: [],
  displayCapture: [],
  geolocation: [],
  gyroscope: [],
  hid: [],
  magnetometer: [],
  microphone: [],
  midi: [],
  payment: [],
  serial: [],
  usb: [],
};

/** For an answer that is read by programs: should a browser show it all the same, it may do nothing. */
const NOTHING = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** The least for an answer that is given before there is a request for the middleware to see. */
export const MINIMAL_SECURITY_HEADERS = {
  "Cache-Control": "private, no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};

/** The security headers of every answer. A page's nonce is the context's `secureHeadersNonce`. */
export function securityHeaders(): MiddlewareHandler {
  const { APP_URL, FRAME_ANCESTORS } = env();
  const dev = import.meta.env.DEV;
  const common = {
    permissionsPolicy: NO_FEATURES,
    // no-referrer would make Chromium post forms with "Origin: null".
    referrerPolicy: "strict-origin-when-cross-origin",
    strictTransportSecurity: APP_URL?.startsWith("https:")
      ? `max-age=${YEAR_SECONDS}; includeSubDomains`
      : false,
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  };
  const ofPages = secureHeaders({
    ...common,
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: [NONCE, "'strict-dynamic'"],
      // Vite hands styles to the browser as <style> elements, and its news over a web socket.
      styleSrc: ["'self'", ...(dev ? ["'unsafe-inline'"] : [])],
      connectSrc: ["'self'", ...(dev ? ["ws:"] : [])],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: FRAME_ANCESTORS.split(/\s+/),
    },
    // frame-ancestors says it better, and X-Frame-Options knows no list.
    xFrameOptions: FRAME_ANCESTORS === "'none'" ? "DENY" : false,
  });
  const ofPrograms = secureHeaders({ ...common, contentSecurityPolicy: NOTHING, xFrameOptions: "DENY" });
  return (c, next) => (isApiPath(c.req.path) ? ofPrograms : ofPages)(c, next);
}
