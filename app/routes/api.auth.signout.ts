import { api, noContent, signedIn } from "#app/http/api.server.ts";
import { clearedCookie } from "#app/http/cookie.server.ts";
import { signOut } from "#app/services/sessions.server.ts";

const route = api({
  POST: signedIn({}, async ({ session }) => {
    await signOut(session);
    return noContent({ "Set-Cookie": await clearedCookie() });
  }),
});

export const loader = route.loader;
export const action = route.action;
