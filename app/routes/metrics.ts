import { apiRoute } from "#app/http/api/api-route.server.ts";
import { processMetrics } from "#app/http/observability/metrics.server.ts";
import { requireMetricsToken } from "#app/http/observability/metrics-access.server.ts";

const route = apiRoute({
  GET: async ({ request }) => {
    requireMetricsToken(request);
    const { contentType, text } = processMetrics();
    return new Response(await text(), { headers: { "Content-Type": contentType } });
  },
});

export const loader = route.loader;
export const action = route.action;
