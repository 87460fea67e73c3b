import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { accountChangesSchema } from "#app/schemas/account.ts";
import { changePassword, changeProfile } from "#app/services/accounts.server.ts";

const route = apiRoute({
  GET: authenticated({}, async ({ session }) => Response.json({ user: session.user })),
  PUT: authenticated({ body: accountChangesSchema }, async ({ session, body, context }) => {
    const user =
      "password" in body
        ? (await changePassword(session, body, context.client)).user
        : await changeProfile(session, body, context.client, { acceptsRecentSession: true });
    return Response.json({ user });
  }),
});

export const loader = route.loader;
export const action = route.action;
