import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of every route module, such as `/tasks/:id`, from its file name. */
export async function routePaths(): Promise<string[]> {
  // Not a public module of Remix, and without types.
  const { flatRoutes } = (await import(
    "@remix-run/dev/dist/config/flat-routes.js"
  )) as typeof import("@remix-run/dev/dist/config/flat-routes.js");
  const routes = flatRoutes(fileURLToPath(new URL("../../app", import.meta.url)));
  return Object.values(routes).map(({ path = "" }) => join("/", path));
}
