import { api, jsonFile, limited } from "#app/http/api.server.ts";
import { exportAccount } from "#app/services/export.server.ts";

const route = api({
  GET: limited({}, async ({ session, context }) => {
    const name = `tock-export-${new Date().toISOString().slice(0, 10)}.json`;
    return jsonFile(name, await exportAccount(session), context.requestId);
  }),
});

export const loader = route.loader;
export const action = route.action;
