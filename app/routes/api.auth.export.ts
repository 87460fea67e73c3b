import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { jsonDownload } from "#app/http/api/json-response.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { exportAccount } from "#app/services/account-export.server.ts";
import { limitTaskRequests } from "#app/services/rate-limits.server.ts";

const route = apiRoute({
  GET: authenticated(accountOperations.exportAccount, async ({ session, context }) => {
    await limitTaskRequests(session.user.id);
    const filename = `tock-export-${new Date().toISOString().slice(0, 10)}.json`;
    return jsonDownload(filename, await exportAccount(session), context);
  }),
});

export const loader = route.loader;
export const action = route.action;
