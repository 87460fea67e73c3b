import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { totpOperations } from "#app/http/api/operations/totp.server.ts";
import { confirmTotp } from "#app/services/totp.server.ts";

const route = apiRoute({
  POST: authenticated(totpOperations.confirmTotp, async ({ session, body, context }) =>
    Response.json({ recovery_codes: await confirmTotp(session, body, context.client) }),
  ),
});

export const loader = route.loader;
export const action = route.action;
