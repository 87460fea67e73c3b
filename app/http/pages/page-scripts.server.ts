import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ServerBuild } from "@remix-run/node";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#app/http/app-env.ts";
import { isResourceRoute } from "#app/http/remix-routes.server.ts";

/** A part of Vite's manifest: the built file of a source, and the sources that it imports. */
interface ManifestChunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
}

/** Larger scripts that are loaded on demand contain data, such as the common passwords. */
const ON_DEMAND_MAX_BYTES = 16_000;

/** Adds the scripts that those of the pages load on demand. Remix's manifest does not have them. */
function withScriptsOnDemand(pageScripts: string[], clientFolder: string): string[] {
  const manifestFile = join(clientFolder, "../.vite/client-manifest.json");
  const manifest: Record<string, ManifestChunk> = JSON.parse(readFileSync(manifestFile, "utf8"));
  const pathOf = ({ file }: ManifestChunk) => `/${file}`;
  const chunksOf = (sources: string[] = []) => sources.flatMap((source) => manifest[source] ?? []);
  const isSmall = (chunk: ManifestChunk) =>
    statSync(join(clientFolder, chunk.file)).size <= ON_DEMAND_MAX_BYTES;
  const chunks = new Set(Object.values(manifest).filter((chunk) => pageScripts.includes(pathOf(chunk))));
  // The iteration includes what is added meanwhile.
  for (const { imports, dynamicImports } of chunks)
    for (const chunk of [...chunksOf(imports), ...chunksOf(dynamicImports).filter(isSmall)])
      chunks.add(chunk);
  return [...new Set([...pageScripts, ...[...chunks].map(pathOf)])];
}

/**
 * Serves the URL paths of the scripts of all pages, with those that are loaded on demand, as a JSON array.
 * @param clientFolder absolute path of the built client files; undefined while Vite serves them
 */
export function pageScripts(
  { routes, assets }: ServerBuild,
  clientFolder: string | undefined,
): MiddlewareHandler<AppEnv> {
  const pages = Object.values(routes).filter((route) => !isResourceRoute(route));
  const scripts = pages.flatMap(({ id }) => {
    const { module, imports = [] } = assets.routes[id] ?? {};
    return module ? [module, ...imports] : [];
  });
  const ofPages = [...new Set(scripts)];
  const paths = clientFolder ? withScriptsOnDemand(ofPages, clientFolder) : ofPages;
  // Another release may have other scripts.
  return async (c) => c.json(paths, 200, { "Cache-Control": "no-cache" });
}
