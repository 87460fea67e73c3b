import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { restoreTask } from "#app/services/trash.server.ts";

const route = apiRoute({
  POST: taskEndpoint(taskOperations.restore, async ({ caller, params }) =>
    jsonText(await restoreTask(caller, params.id)),
  ),
});

export const loader = route.loader;
export const action = route.action;
