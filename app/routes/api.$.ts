import { notFoundError } from "#app/errors.ts";
import { apiRoute } from "#app/http/api/api-route.server.ts";

async function unknownPath(): Promise<never> {
  throw notFoundError("This API path does not exist.");
}

const route = apiRoute({
  GET: unknownPath,
  POST: unknownPath,
  PUT: unknownPath,
  PATCH: unknownPath,
  DELETE: unknownPath,
});

export const loader = route.loader;
export const action = route.action;
