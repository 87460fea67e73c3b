import { api, limited, noContent } from "#app/http/api.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { taskChangesSchema } from "#app/schemas/task.ts";
import { changeTask, getTask, removeTask } from "#app/services/tasks.server.ts";

const route = api({
  GET: limited({}, async ({ session, params }) =>
    Response.json(await getTask(session.user.id, parseTaskId(params.id))),
  ),
  PUT: limited({ body: taskChangesSchema }, async ({ session, params, body }) =>
    Response.json(await changeTask(session.user.id, parseTaskId(params.id), body)),
  ),
  DELETE: limited({}, async ({ session, params }) => {
    await removeTask(session.user.id, parseTaskId(params.id));
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;
