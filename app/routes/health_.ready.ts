import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { serviceOperations } from "#app/http/api/operations/service.server.ts";
import { isShuttingDown } from "#app/http/server/graceful-shutdown.server.ts";
import { isHealthy } from "#app/services/health.server.ts";

const route = apiRoute({
  GET: publicRoute(serviceOperations.ready, async () =>
    !isShuttingDown() && (await isHealthy())
      ? Response.json({ status: "ok" })
      : Response.json({ status: "error" }, { status: 503 }),
  ),
});

export const loader = route.loader;
export const action = route.action;
