import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { clearedSessionCookies } from "#app/http/cookies/session-cookie.server.ts";
import { removeAccount } from "#app/services/accounts.server.ts";

const route = apiRoute({
  DELETE: authenticated(accountOperations.removeAccount, async ({ session, body, request, context }) => {
    await removeAccount(session, body, context.client);
    return noContent(await clearedSessionCookies(request, context));
  }),
});

export const loader = route.loader;
export const action = route.action;
