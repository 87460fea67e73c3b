import { notFoundError } from "#app/errors.ts";
import { apiRoute } from "#app/http/api/api-route.server.ts";

async function nothingHere(): Promise<never> {
  throw notFoundError("There is no such path in this API.");
}

const route = apiRoute({
  GET: nothingHere,
  POST: nothingHere,
  PUT: nothingHere,
  PATCH: nothingHere,
  DELETE: nothingHere,
});

export const loader = route.loader;
export const action = route.action;
