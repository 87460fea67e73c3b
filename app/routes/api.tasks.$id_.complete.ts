import { apiRoute, taskEndpoint } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { completionSchema, taskParamsSchema } from "#app/schemas/task.ts";
import { completeTask } from "#app/services/tasks.server.ts";

const schemas = { params: taskParamsSchema, body: completionSchema, bodyOptional: true };

const route = apiRoute({
  PATCH: taskEndpoint(schemas, async ({ caller, params, body }) =>
    jsonText(await completeTask(caller, params.id, body.completed)),
  ),
});

export const loader = route.loader;
export const action = route.action;
