/** A route of the build that a test server runs. */
export interface BuiltRoute {
  id: string;
  /** The full path pattern, such as `/tasks/:id`. */
  path: string;
}

interface ManifestRoute {
  id: string;
  parentId?: string;
  path?: string;
}

/** Reads the routes, including those of the JSON API, from the manifest that the server sends to browsers. */
export async function builtRoutes(base: string): Promise<BuiltRoute[]> {
  const page = await (await fetch(base)).text();
  const [manifestPath] = /\/assets\/manifest-[\w-]+\.js/.exec(page) ?? [];
  const script = await (await fetch(base + manifestPath)).text();
  const { routes } = JSON.parse(script.replace(/^window\.__remixManifest=|;\s*$/g, ""));
  const byId: Record<string, ManifestRoute> = routes;
  const pathOf = ({ path = "", parentId }: ManifestRoute): string => {
    const parent = parentId ? byId[parentId] : undefined;
    const prefix = parent ? pathOf(parent) : "";
    return path ? `${prefix}/${path}` : prefix;
  };
  return Object.values(byId)
    .filter((route) => route.parentId !== undefined)
    .map((route) => ({ id: route.id, path: pathOf(route) || "/" }));
}
