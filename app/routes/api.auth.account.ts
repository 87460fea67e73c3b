import { api, noContent, signedIn } from "#app/http/api.server.ts";
import { clearedCookie } from "#app/http/cookie.server.ts";
import { accountDeletionSchema } from "#app/schemas/account.ts";
import { closeAccount } from "#app/services/accounts.server.ts";

const route = api({
  DELETE: signedIn({ body: accountDeletionSchema }, async ({ session, body, context }) => {
    await closeAccount(session, body, context.client);
    return noContent({ "Set-Cookie": await clearedCookie() });
  }),
});

export const loader = route.loader;
export const action = route.action;
