import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { changePassword, changeProfile } from "#app/services/accounts.server.ts";

const route = apiRoute({
  GET: authenticated(accountOperations.getProfile, async ({ session }) =>
    Response.json({ user: session.user }),
  ),
  PUT: authenticated(accountOperations.changeProfile, async ({ session, body, context }) => {
    const user =
      "password" in body
        ? (await changePassword(session, body, context.client)).user
        : await changeProfile(session, body, context.client, { acceptsRecentSession: true });
    return Response.json({ user });
  }),
});

export const loader = route.loader;
export const action = route.action;
