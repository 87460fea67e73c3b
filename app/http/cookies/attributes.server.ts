import { parse } from "hono/utils/cookie";
import { env } from "#app/env.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";

/** A header of a response, as `new Headers` and the arguments of `append` take it. */
export type SetCookie = ["Set-Cookie", string];

/** The data of a request that its cookies depend on. */
export type CookieScope = Pick<RequestContext, "origin">;

export const isHttps = ({ origin }: CookieScope): boolean => origin.startsWith("https:");

/** In a frame of another site browsers send only SameSite=None cookies, and require them to be partitioned. */
function isFramed(): boolean {
  const { FRAME_ANCESTORS } = env();
  return FRAME_ANCESTORS !== "'none'" && FRAME_ANCESTORS !== "'self'";
}

/** The configuration decides, so that a cookie has one name. Browsers accept the prefix only with Secure. */
export const cookieName = (name: string): string =>
  isFramed() || env().APP_URL?.startsWith("https:") ? `__Host-${name}` : name;

/** Returns the value of a cookie that a request carries; undefined without it. */
export const readCookie = (request: Request, name: string): string | undefined =>
  parse(request.headers.get("Cookie") ?? "", name)[name];

/** The attributes of every cookie that the server sets. */
export function cookieAttributes(scope: CookieScope) {
  const framed = isFramed();
  return {
    httpOnly: true,
    path: "/",
    secure: isHttps(scope) || framed,
    sameSite: framed ? ("none" as const) : ("lax" as const),
    ...(framed && { partitioned: true }),
  };
}
