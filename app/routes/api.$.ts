import { notFound } from "#app/errors.ts";
import { api } from "#app/http/api.server.ts";

async function nothingHere(): Promise<never> {
  throw notFound("There is no such path in this API.");
}

const route = api({
  GET: nothingHere,
  POST: nothingHere,
  PUT: nothingHere,
  PATCH: nothingHere,
  DELETE: nothingHere,
});

export const loader = route.loader;
export const action = route.action;
