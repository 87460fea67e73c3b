import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText, noContent } from "#app/http/api/json-response.server.ts";
import { taskChangesSchema, taskParamsSchema } from "#app/schemas/task.ts";
import { changeTask, getTaskJson, removeTask } from "#app/services/tasks.server.ts";

const route = apiRoute({
  GET: taskEndpoint({ params: taskParamsSchema }, async ({ caller, params }) =>
    jsonText(await getTaskJson(caller, params.id)),
  ),
  PUT: taskEndpoint({ params: taskParamsSchema, body: taskChangesSchema }, async ({ caller, params, body }) =>
    jsonText(await changeTask(caller, params.id, body)),
  ),
  DELETE: taskEndpoint({ params: taskParamsSchema }, async ({ caller, params }) => {
    await removeTask(caller, params.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
