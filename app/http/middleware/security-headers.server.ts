import type { MiddlewareHandler } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { env } from "#app/env.server.ts";
import { isApiPath } from "#app/http/responses/error-response.server.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Browser features that no page uses. */
const DISABLED_FEATURES = {
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

/** Policy of JSON responses: a browser that displays one may load and run nothing. */
const API_POLICY = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** For responses to requests that cannot be parsed, so that no middleware runs. */
export const MINIMAL_SECURITY_HEADERS = {
  "Cache-Control": "private, no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};

/** Sets the security headers of every response. Stores a page's nonce as the context variable `secureHeadersNonce`. */
export function securityHeaders(): MiddlewareHandler {
  const { APP_URL, FRAME_ANCESTORS } = env();
  const dev = import.meta.env.DEV;
  const common = {
    permissionsPolicy: DISABLED_FEATURES,
    // With no-referrer Chromium posts forms with "Origin: null".
    referrerPolicy: "strict-origin-when-cross-origin",
    strictTransportSecurity: APP_URL?.startsWith("https:")
      ? `max-age=${YEAR_SECONDS}; includeSubDomains`
      : false,
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  };
  const pageHeaders = secureHeaders({
    ...common,
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: [NONCE, "'strict-dynamic'"],
      // In development Vite inserts <style> elements and sends updates over a web socket.
      styleSrc: ["'self'", ...(dev ? ["'unsafe-inline'"] : [])],
      connectSrc: ["'self'", ...(dev ? ["ws:"] : [])],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: FRAME_ANCESTORS.split(/\s+/),
    },
    // X-Frame-Options cannot list origins; frame-ancestors can.
    xFrameOptions: FRAME_ANCESTORS === "'none'" ? "DENY" : false,
  });
  const apiHeaders = secureHeaders({ ...common, contentSecurityPolicy: API_POLICY, xFrameOptions: "DENY" });
  return (c, next) => (isApiPath(c.req.path) ? apiHeaders : pageHeaders)(c, next);
}
