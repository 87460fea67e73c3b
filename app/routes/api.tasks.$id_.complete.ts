import { apiRoute, rateLimited } from "#app/http/api/api-route.server.ts";
import { completionSchema, taskParamsSchema } from "#app/schemas/task.ts";
import { completeTask } from "#app/services/tasks.server.ts";

const schemas = { params: taskParamsSchema, body: completionSchema, bodyOptional: true };

const route = apiRoute({
  PATCH: rateLimited(schemas, async ({ session, params, body }) =>
    Response.json(await completeTask(session.user.id, params.id, body.completed)),
  ),
});

export const loader = route.loader;
export const action = route.action;
