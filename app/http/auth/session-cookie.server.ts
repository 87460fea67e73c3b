import { createCookieSessionStorage, type Session } from "@remix-run/node";
import { env } from "#app/env.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";

/** What the cookie holds: the JWT, and a notice that the next page shows once. */
interface CookieData {
  token: string;
}
interface CookieFlash {
  notice: Notice;
}
export type CookieSession = Session<CookieData, CookieFlash>;

function createStorage() {
  const { APP_URL, FRAME_ANCESTORS, SESSION_SECRET } = env();
  const secure = APP_URL?.startsWith("https:") ?? false;
  // Within a frame of another site only a cookie that says SameSite=None is sent, and browsers want it partitioned.
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

let storage: ReturnType<typeof createStorage> | undefined;
function cookies() {
  storage ??= createStorage();
  return storage;
}

/** The request's cookie session. One that was tampered with, or signed by somebody else, is an empty one. */
export const readSessionCookie = (request: Request): Promise<CookieSession> =>
  cookies().getSession(request.headers.get("Cookie"));

/** @returns the Set-Cookie value */
export const commitSessionCookie = (session: CookieSession): Promise<string> =>
  cookies().commitSession(session);

/** A Set-Cookie value for a new session that holds nothing but this. */
export async function newSessionCookie({
  token,
  notice,
}: Partial<CookieData & CookieFlash>): Promise<string> {
  const session = await cookies().getSession();
  if (token !== undefined) session.set("token", token);
  if (notice !== undefined) session.flash("notice", notice);
  return commitSessionCookie(session);
}

export const tokenCookie = (token: string): Promise<string> => newSessionCookie({ token });

/** A Set-Cookie value that removes the session. */
export const clearedSessionCookie = async (): Promise<string> =>
  cookies().destroySession(await cookies().getSession());
