import { redirect } from "@remix-run/node";
import type { User } from "#app/schemas/account.ts";
import { renew } from "#app/services/accounts.server.ts";
import { clearedCookie, readCookie, tokenCookie, writeCookie } from "./cookie.server.ts";
import { findVisitor } from "./guards.server.ts";
import type { Visit } from "./page.server.ts";

/** Goes on to `to` with a fresh cookie around this token; nothing of an earlier one is carried over. */
export async function beginSession(token: string, to: string): Promise<Response> {
  return redirect(to, { headers: { "Set-Cookie": await tokenCookie(token) } });
}

/** Goes on to `to` without the cookie. */
export async function endSession(to: string): Promise<Response> {
  return redirect(to, { headers: { "Set-Cookie": await clearedCookie() } });
}

/** Goes on to `to`, where `notice` is shown once. */
export async function redirectWithNotice({ request }: Visit, to: string, notice: string): Promise<Response> {
  const cookie = await readCookie(request);
  cookie.flash("notice", notice);
  return redirect(to, { headers: { "Set-Cookie": await writeCookie(cookie) } });
}

/**
 * For the root loader: who is here and what to tell them once.
 * @returns headers with the cookie to set: renewed when its token is older than a day, emptied when its session has
 * ended, without the notice when that is shown now
 */
export async function openVisit(
  visit: Visit,
): Promise<{ user: User | null; notice: string | null; headers: Headers }> {
  const cookie = await readCookie(visit.request);
  const headers = new Headers();
  const session = await findVisitor(visit);
  const token = cookie.get("token");
  const renewed = session && token ? await renew(session, token) : undefined;
  const notice = cookie.get("notice") ?? null;
  if (renewed) cookie.set("token", renewed);
  else if (token && !session) cookie.unset("token");
  if (renewed || notice !== null || (token && !session))
    headers.append("Set-Cookie", await writeCookie(cookie));
  return { user: session?.user ?? null, notice, headers };
}
