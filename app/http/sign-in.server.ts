import type { SignedIn } from "#app/services/accounts.server.ts";
import { leaveSession } from "#app/services/sessions.server.ts";
import { readCookie, tokenCookie } from "./cookie.server.ts";

/** The API's answer to whoever has just signed in, or up. A session of the cookie that came along ends: this is in its place. */
export async function welcome(request: Request, signedIn: SignedIn, status: 200 | 201): Promise<Response> {
  const earlier = (await readCookie(request)).get("token");
  if (earlier) await leaveSession(earlier);
  const headers = { "Set-Cookie": await tokenCookie(signedIn.token) };
  return Response.json(signedIn, { status, headers });
}
