import { apiRoute } from "#app/http/api/api-route.server.ts";
import { isHealthy } from "#app/services/health.server.ts";

const route = apiRoute({
  GET: async () => {
    const timestamp = new Date().toISOString();
    return (await isHealthy())
      ? Response.json({ status: "ok", database: "connected", timestamp })
      : Response.json({ status: "error", database: "disconnected", timestamp }, { status: 503 });
  },
});

export const loader = route.loader;
export const action = route.action;
