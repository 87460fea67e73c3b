import { redirect } from "@remix-run/node";
import { AppError } from "#app/errors.ts";
import type { PageContext } from "#app/http/pages/page-route.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { renewToken } from "#app/services/sessions.server.ts";
import { currentSession } from "./guards.server.ts";
import {
  clearedSessionCookie,
  commitSessionCookie,
  newSessionCookie,
  readSessionCookie,
} from "./session-cookie.server.ts";

/**
 * Goes on to `to` with a fresh cookie around this token; nothing of an earlier one is carried over.
 * @param notice is shown there once
 */
export async function redirectWithSession(token: string, to: string, notice?: string): Promise<Response> {
  const cookie = await newSessionCookie({ token, ...(notice !== undefined && { notice: { text: notice } }) });
  return redirect(to, { headers: { "Set-Cookie": cookie } });
}

/** Goes on to `to` without the cookie, or with one that holds but a notice to be shown there. */
export async function redirectSignedOut(to: string, notice?: string): Promise<Response> {
  const cookie =
    notice === undefined
      ? await clearedSessionCookie()
      : await newSessionCookie({ notice: { text: notice } });
  return redirect(to, { headers: { "Set-Cookie": cookie } });
}

/** Goes on to `to`, where `notice` is shown once. */
export async function redirectWithNotice(
  { request }: PageContext,
  to: string,
  notice: Notice | string,
): Promise<Response> {
  const cookie = await readSessionCookie(request);
  cookie.flash("notice", typeof notice === "string" ? { text: notice } : notice);
  return redirect(to, { headers: { "Set-Cookie": await commitSessionCookie(cookie) } });
}

/**
 * For the root loader: who is here and what to tell them once.
 * @returns `signedIn`, and the headers with the cookie to set: renewed when its token is older than a day, emptied
 * when its session has ended, without the notice when that is shown now
 */
export async function loadRootSession(
  visit: PageContext,
): Promise<{ signedIn: boolean; notice: Notice | null; headers: Headers }> {
  const cookie = await readSessionCookie(visit.request);
  const headers = new Headers();
  const token = cookie.get("token");
  try {
    const session = await currentSession(visit);
    const renewed = session ? await renewToken(session) : undefined;
    const notice = cookie.get("notice") ?? null;
    const ended = token !== undefined && !session;
    if (renewed) cookie.set("token", renewed);
    else if (ended) cookie.unset("token");
    if (renewed || ended || notice !== null) headers.append("Set-Cookie", await commitSessionCookie(cookie));
    return { signedIn: session !== null, notice, headers };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "DB_ERROR")) throw error;
    // The page itself will say what is wrong; around it everything stays as it was, the cookie and its notice too.
    return { signedIn: token !== undefined, notice: null, headers };
  }
}
