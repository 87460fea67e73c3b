import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { totpOperations } from "#app/http/api/operations/totp.server.ts";
import { renewRecoveryCodes } from "#app/services/totp.server.ts";

const route = apiRoute({
  POST: authenticated(totpOperations.renewRecoveryCodes, async ({ session, body, context }) =>
    Response.json({ recovery_codes: await renewRecoveryCodes(session, body, context.client) }),
  ),
});

export const loader = route.loader;
export const action = route.action;
