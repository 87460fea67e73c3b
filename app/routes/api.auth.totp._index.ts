import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { totpOperations } from "#app/http/api/operations/totp.server.ts";
import { getTotp, removeTotp, startTotp } from "#app/services/totp.server.ts";

const route = apiRoute({
  GET: authenticated(totpOperations.getTotp, async ({ session }) => {
    const totp = await getTotp(session);
    const recovery_codes_left = totp.status === "on" ? totp.recoveryCodesLeft : 0;
    return Response.json({ status: totp.status, recovery_codes_left });
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
