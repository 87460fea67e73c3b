import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { serviceOperations } from "#app/http/api/operations/service.server.ts";
import { isShuttingDown } from "#app/http/server/graceful-shutdown.server.ts";
import { isHealthy } from "#app/services/health.server.ts";

const route = apiRoute({
  GET: publicRoute(serviceOperations.health, async () => {
    const timestamp = new Date().toISOString();
    // During a shutdown load balancers must send no more requests, so the database does not matter.
    return !isShuttingDown() && (await isHealthy())
      ? Response.json({ status: "ok", database: "connected", timestamp })
      : Response.json({ status: "error", database: "disconnected", timestamp }, { status: 503 });
  }),
});

export const loader = route.loader;
export const action = route.action;
