import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { taskResponse } from "#app/http/api/task-response.server.ts";
import { createTaskOnce } from "#app/services/new-tasks.server.ts";
import { createTask, getTaskPageJson, type TaskText } from "#app/services/tasks.server.ts";
import { getTrashPageJson } from "#app/services/trash.server.ts";

const created = (task: TaskText, headers: Record<string, string> = {}) =>
  taskResponse(task, 201, { Location: `/api/tasks/${task.id}`, ...headers });

const route = apiRoute({
  GET: taskEndpoint(taskOperations.list, async ({ caller, query }) =>
    jsonText(await (query.deleted ? getTrashPageJson : getTaskPageJson)(caller, query)),
  ),
  POST: taskEndpoint(taskOperations.create, async ({ caller, headers, body }) => {
    const key = headers["Idempotency-Key"];
    if (key === undefined) return created(await createTask(caller, body));
    const { replayed, ...task } = await createTaskOnce(caller, body, key);
    return created(task, replayed ? { "Idempotent-Replayed": "true" } : {});
  }),
});

export const loader = route.loader;
export const action = route.action;
