import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { deviceCookieForNewEmail } from "#app/http/cookies/device-cookie.server.ts";
import { changePassword, changeProfile } from "#app/services/accounts.server.ts";

const route = apiRoute({
  GET: authenticated(accountOperations.getProfile, async ({ session }) =>
    Response.json({ user: session.user }),
  ),
  PUT: authenticated(accountOperations.changeProfile, async ({ session, body, request, context }) => {
    const { user, pendingEmail } =
      "password" in body
        ? { ...(await changePassword(session, body, context.client)), pendingEmail: undefined }
        : await changeProfile(session, body, context.client, { acceptsRecentSession: true });
    const emails = { before: session.user.email, after: user.email };
    const profile = { user, ...(pendingEmail && { pending_email: pendingEmail }) };
    return Response.json(profile, {
      headers: new Headers(deviceCookieForNewEmail(request, emails, context)),
    });
  }),
});

export const loader = route.loader;
export const action = route.action;
