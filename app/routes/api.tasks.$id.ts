import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText, noContent } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { changeTask, getTaskJson, removeTask } from "#app/services/tasks.server.ts";
import { eraseTask } from "#app/services/trash.server.ts";

const route = apiRoute({
  GET: taskEndpoint(taskOperations.get, async ({ caller, params }) =>
    jsonText(await getTaskJson(caller, params.id)),
  ),
  PUT: taskEndpoint(taskOperations.change, async ({ caller, params, body }) =>
    jsonText(await changeTask(caller, params.id, body)),
  ),
  DELETE: taskEndpoint(taskOperations.remove, async ({ caller, params, query }) => {
    if (query.permanent) await eraseTask(caller, params.id, { listed: true });
    else await removeTask(caller, params.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
