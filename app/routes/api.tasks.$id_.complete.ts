import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { completeTask } from "#app/services/tasks.server.ts";

const route = apiRoute({
  PATCH: taskEndpoint(taskOperations.complete, async ({ caller, params, body }) =>
    jsonText(await completeTask(caller, params.id, body.completed)),
  ),
});

export const loader = route.loader;
export const action = route.action;
