import { api, limited } from "#app/http/api.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { completionSchema } from "#app/schemas/task.ts";
import { completeTask } from "#app/services/tasks.server.ts";

const route = api({
  PATCH: limited({ body: completionSchema, bodyOptional: true }, async ({ session, params, body }) =>
    Response.json(await completeTask(session.user.id, parseTaskId(params.id), body.completed)),
  ),
});

export const loader = route.loader;
export const action = route.action;
