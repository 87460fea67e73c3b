import { apiRoute, rateLimited } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { taskChangesSchema, taskParamsSchema } from "#app/schemas/task.ts";
import { changeTask, getTask, removeTask } from "#app/services/tasks.server.ts";

const route = apiRoute({
  GET: rateLimited({ params: taskParamsSchema }, async ({ session, params }) =>
    Response.json(await getTask(session.user.id, params.id)),
  ),
  PUT: rateLimited({ params: taskParamsSchema, body: taskChangesSchema }, async ({ session, params, body }) =>
    Response.json(await changeTask(session.user.id, params.id, body)),
  ),
  DELETE: rateLimited({ params: taskParamsSchema }, async ({ session, params }) => {
    await removeTask(session.user.id, params.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
