import type { MiddlewareHandler } from "hono";
import { NONCE, secureHeaders } from "hono/secure-headers";
import { env } from "#app/env.server.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The security headers of every answer. Their nonce is the context's `secureHeadersNonce`. */
export function securityHeaders(): MiddlewareHandler {
  const { APP_URL, FRAME_ANCESTORS } = env();
  const dev = import.meta.env.DEV;
  return secureHeaders({
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
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
    // no-referrer would make Chromium post forms with "Origin: null".
    referrerPolicy: "strict-origin-when-cross-origin",
    strictTransportSecurity: APP_URL?.startsWith("https:")
      ? `max-age=${YEAR_SECONDS}; includeSubDomains`
      : false,
    // frame-ancestors says it better, and X-Frame-Options knows no list.
    xFrameOptions: FRAME_ANCESTORS === "'none'" ? "DENY" : false,
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  });
}
