import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { serviceOperations } from "#app/http/api/operations/service.server.ts";

const route = apiRoute({
  GET: publicRoute(serviceOperations.live, async () => Response.json({ status: "ok" })),
});

export const loader = route.loader;
export const action = route.action;
