import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { clearedSessionCookies } from "#app/http/cookies/session-cookie.server.ts";
import { signOut } from "#app/services/sessions.server.ts";

const route = apiRoute({
  POST: authenticated(accountOperations.signOut, async ({ session, request, context }) => {
    await signOut(session, context.client);
    return noContent(await clearedSessionCookies(request, context));
  }),
});

export const loader = route.loader;
export const action = route.action;
