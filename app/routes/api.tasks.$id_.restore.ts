import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { taskOperations } from "#app/http/api/operations/tasks.server.ts";
import { taskResponse } from "#app/http/api/task-response.server.ts";
import { restoreTask } from "#app/services/trash.server.ts";

const route = apiRoute({
  POST: taskEndpoint(taskOperations.restore, async ({ caller, params }) =>
    taskResponse(await restoreTask(caller, params.id)),
  ),
});

export const loader = route.loader;
export const action = route.action;
