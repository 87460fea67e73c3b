import { randomBytes } from "node:crypto";
import { Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { env } from "#app/env.server.ts";
import type { AppEnv } from "#app/http/app-env.ts";
import { isApiPath } from "#app/http/responses/api-path.ts";

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

/** Stands for the nonce in the prepared headers. */
const NONCE_PLACEHOLDER = "'nonce'";
const NONCE_BYTES = 16;

type SecureHeadersOptions = NonNullable<Parameters<typeof secureHeaders>[0]>;

/** Returns the headers that Hono's middleware would set, to be computed once instead of for each response. */
async function prepareHeaders(options: SecureHeadersOptions): Promise<[name: string, value: string][]> {
  const app = new Hono().use(secureHeaders(options)).get("/", (c) => c.body(null));
  const { headers } = await app.request("/");
  return [...headers];
}

function commonOptions(): SecureHeadersOptions {
  const { APP_URL } = env();
  return {
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
}

function pageOptions(): SecureHeadersOptions {
  const { FRAME_ANCESTORS } = env();
  const dev = import.meta.env.DEV;
  return {
    ...commonOptions(),
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: [NONCE_PLACEHOLDER, "'strict-dynamic'"],
      // In development Vite inserts <style> elements without a nonce, which would make browsers ignore 'unsafe-inline'.
      styleSrc: ["'self'", dev ? "'unsafe-inline'" : NONCE_PLACEHOLDER],
      // Vite sends updates over a web socket.
      connectSrc: ["'self'", ...(dev ? ["ws:"] : [])],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: FRAME_ANCESTORS.split(/\s+/),
    },
    // X-Frame-Options cannot list origins; frame-ancestors can.
    xFrameOptions: FRAME_ANCESTORS === "'none'" ? "DENY" : false,
  };
}

/**
 * Sets the security headers of every response and the context variable `nonce`. They are set on Node's response: reading
 * `c.res.headers` would turn the light response of @hono/node-server into a full one, which costs more than a query.
 */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  const pageHeaders = prepareHeaders(pageOptions());
  const apiHeaders = prepareHeaders({
    ...commonOptions(),
    contentSecurityPolicy: API_POLICY,
    xFrameOptions: "DENY",
  });
  return async (c, next) => {
    const { outgoing } = c.env;
    if (isApiPath(c.req.path)) {
      c.set("nonce", "");
      for (const [name, value] of await apiHeaders) outgoing.setHeader(name, value);
    } else {
      const nonce = randomBytes(NONCE_BYTES).toString("base64");
      c.set("nonce", nonce);
      for (const [name, value] of await pageHeaders)
        outgoing.setHeader(name, value.replaceAll(NONCE_PLACEHOLDER, `'nonce-${nonce}'`));
    }
    await next();
  };
}
