import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { jsonText } from "#app/http/api/json-response.server.ts";
import { serviceOperations } from "#app/http/api/operations/service.server.ts";
import { openApiDocument } from "#app/http/openapi/document.server.ts";

const route = apiRoute({
  GET: publicRoute(serviceOperations.openApi, async () => jsonText(JSON.stringify(openApiDocument()))),
});

export const loader = route.loader;
export const action = route.action;
