import { readdirSync } from "node:fs";
import { relative, sep } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#app/http/app-env.ts";

/** Names under assets/ contain a content hash. Other files may change under the same name. */
const cacheControl = (path: string): string =>
  path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "public, max-age=3600";

/** Returns the URL paths of all files in a folder, without hidden files and the precompressed copies. */
function listFiles(folder: string): Set<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map(({ parentPath, name }) => {
    const path = relative(folder, parentPath).split(sep);
    return `/${[...path, name].filter(Boolean).join("/")}`;
  });
  return new Set(paths.filter((path) => !path.includes("/.") && !/\.(br|gz)$/.test(path)));
}

/**
 * Serves the files of the built client. The list of files is read once, so other requests cause no file-system call.
 * @param clientFolder absolute path
 */
export function staticFiles(clientFolder: string): MiddlewareHandler<AppEnv> {
  const files = listFiles(clientFolder);
  const serve = serveStatic<AppEnv>({
    root: clientFolder,
    precompressed: true,
    onFound: (_path, c) => c.header("Cache-Control", cacheControl(c.req.path)),
  });
  return (c, next) => (files.has(c.req.path) ? serve(c, next) : next());
}
