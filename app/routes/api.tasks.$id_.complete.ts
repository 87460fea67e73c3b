import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { taskResponse } from "#app/http/api/task-response.server.ts";
import { completeTask } from "#app/services/tasks.server.ts";

const route = apiRoute({
  PATCH: taskEndpoint(taskOperations.complete, async ({ caller, params, headers, body }) =>
    taskResponse(await completeTask(caller, params.id, body.completed, headers["If-Match"])),
  ),
});

export const loader = route.loader;
export const action = route.action;
