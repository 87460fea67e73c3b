import { api, noContent, signedIn } from "#app/http/api.server.ts";
import { clearedCookie } from "#app/http/cookie.server.ts";
import { sessionParamsSchema } from "#app/schemas/session.ts";
import { removeSession } from "#app/services/sessions.server.ts";

const route = api({
  DELETE: signedIn({ params: sessionParamsSchema }, async ({ session, params }) => {
    const wasThisOne = await removeSession(session, params.id);
    return noContent(wasThisOne ? { "Set-Cookie": await clearedCookie() } : undefined);
  }),
});

export const loader = route.loader;
export const action = route.action;
