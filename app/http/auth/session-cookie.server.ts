import { createCookieSessionStorage, type Session } from "@remix-run/node";
import { env } from "#app/env.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";

interface CookieData {
  /** The JWT. */
  token: string;
}
interface CookieFlash {
  /** Shown once on the next page. */
  notice: Notice;
}
export type CookieSession = Session<CookieData, CookieFlash>;

function createStorage() {
  const { APP_URL, FRAME_ANCESTORS, SESSION_SECRET } = env();
  const secure = APP_URL?.startsWith("https:") ?? false;
  // In a frame of another site browsers send only SameSite=None cookies, and require them to be partitioned.
  const framed = FRAME_ANCESTORS !== "'none'" && FRAME_ANCESTORS !== "'self'";
  return createCookieSessionStorage<CookieData, CookieFlash>({
    cookie: {
      name: secure || framed ? "__Host-tock" : "tock",
      httpOnly: true,
      path: "/",
      maxAge: SESSION_SECONDS,
      secrets: SESSION_SECRET,
      secure: secure || framed,
      sameSite: framed ? "none" : "lax",
      ...(framed && { partitioned: true }),
    },
  });
}

// Created on first use, so that importing this module does not read the environment.
let storage: ReturnType<typeof createStorage> | undefined;
function cookieStorage() {
  storage ??= createStorage();
  return storage;
}

/** Reads the request's cookie session. A cookie without a valid signature counts as an empty one. */
export const readSessionCookie = (request: Request): Promise<CookieSession> =>
  cookieStorage().getSession(request.headers.get("Cookie"));

/** @returns the Set-Cookie value */
export const commitSessionCookie = (session: CookieSession): Promise<string> =>
  cookieStorage().commitSession(session);

/** @returns the Set-Cookie value of a new cookie session that holds only these values */
export async function newSessionCookie({
  token,
  notice,
}: Partial<CookieData & CookieFlash>): Promise<string> {
  const session = await cookieStorage().getSession();
  if (token !== undefined) session.set("token", token);
  if (notice !== undefined) session.flash("notice", notice);
  return commitSessionCookie(session);
}

/** @returns a Set-Cookie value that removes the cookie */
export const clearedSessionCookie = async (): Promise<string> =>
  cookieStorage().destroySession(await cookieStorage().getSession());
