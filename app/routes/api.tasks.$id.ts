import { api, limited, noContent } from "#app/http/api.server.ts";
import { taskChangesSchema, taskParamsSchema } from "#app/schemas/task.ts";
import { changeTask, getTask, removeTask } from "#app/services/tasks.server.ts";

const route = api({
  GET: limited({ params: taskParamsSchema }, async ({ session, params }) =>
    Response.json(await getTask(session.user.id, params.id)),
  ),
  PUT: limited({ params: taskParamsSchema, body: taskChangesSchema }, async ({ session, params, body }) =>
    Response.json(await changeTask(session.user.id, params.id, body)),
  ),
  DELETE: limited({ params: taskParamsSchema }, async ({ session, params }) => {
    await removeTask(session.user.id, params.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
