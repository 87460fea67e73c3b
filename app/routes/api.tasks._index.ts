import { apiRoute, rateLimited } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { newTaskSchema, taskQuerySchema } from "#app/schemas/task.ts";
import { createTask, getTaskPageJson } from "#app/services/tasks.server.ts";

const route = apiRoute({
  GET: rateLimited({ query: taskQuerySchema }, async ({ session, query }) =>
    jsonText(await getTaskPageJson(session.user.id, query)),
  ),
  POST: rateLimited({ body: newTaskSchema }, async ({ session, body }) => {
    const task = await createTask(session.user.id, body);
    return Response.json(task, { status: 201, headers: { Location: `/api/tasks/${task.id}` } });
  }),
});

export const loader = route.loader;
export const action = route.action;
