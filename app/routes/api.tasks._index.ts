import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { createTask, getTaskPageJson } from "#app/services/tasks.server.ts";
import { getTrashPageJson } from "#app/services/trash.server.ts";

const route = apiRoute({
  GET: taskEndpoint(taskOperations.list, async ({ caller, query }) =>
    jsonText(await (query.deleted ? getTrashPageJson : getTaskPageJson)(caller, query)),
  ),
  POST: taskEndpoint(taskOperations.create, async ({ caller, body }) => {
    const { id, json } = await createTask(caller, body);
    return jsonText(json, 201, { Location: `/api/tasks/${id}` });
  }),
});

export const loader = route.loader;
export const action = route.action;
