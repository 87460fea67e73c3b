import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { totpOperations } from "#app/http/api/operations/totp.server.ts";
import { getTotp, removeTotp, startTotp } from "#app/services/totp.server.ts";

const route = apiRoute({
  GET: authenticated(totpOperations.getTotp, async ({ session }) => {
    const { status, recoveryCodesLeft } = await getTotp(session);
    return Response.json({ status, recovery_codes_left: recoveryCodesLeft });
  }),
  POST: authenticated(totpOperations.startTotp, async ({ session, body, context }) =>
    Response.json(await startTotp(session, body, context.client), { status: 201 }),
  ),
  DELETE: authenticated(totpOperations.removeTotp, async ({ session, body, context }) => {
    await removeTotp(session, body, context.client);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
