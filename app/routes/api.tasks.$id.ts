import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { notModified, taskResponse } from "#app/http/api/task-response.server.ts";
import { changeTask, getTaskText, removeTask } from "#app/services/tasks.server.ts";
import { eraseTask } from "#app/services/trash.server.ts";

const route = apiRoute({
  GET: taskEndpoint(taskOperations.get, async ({ caller, params, headers }) => {
    const task = await getTaskText(caller, params.id);
    const known = headers["If-None-Match"];
    return known === "*" || known?.includes(task.version) ? notModified(task) : taskResponse(task);
  }),
  PUT: taskEndpoint(taskOperations.change, async ({ caller, params, headers, body }) =>
    taskResponse(await changeTask(caller, params.id, body, headers["If-Match"])),
  ),
  DELETE: taskEndpoint(taskOperations.remove, async ({ caller, params, query, headers }) => {
    const versions = headers["If-Match"];
    if (query.permanent) await eraseTask(caller, params.id, { listed: true, versions });
    else await removeTask(caller, params.id, versions);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
