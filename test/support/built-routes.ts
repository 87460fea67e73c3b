/** A route of the running build. */
export interface BuiltRoute {
  id: string;
  /** From the root, such as `/tasks/:id`. */
  path: string;
}

interface ManifestRoute {
  id: string;
  parentId?: string;
  path?: string;
}

/** Every route with an address, as the build that answers at `base` tells browsers. The JSON API is among them. */
export async function builtRoutes(base: string): Promise<BuiltRoute[]> {
  const page = await (await fetch(base)).text();
  const [address] = /\/assets\/manifest-[\w-]+\.js/.exec(page) ?? [];
  const script = await (await fetch(base + address)).text();
  const { routes } = JSON.parse(script.replace(/^window\.__remixManifest=|;\s*$/g, ""));
  const all: Record<string, ManifestRoute> = routes;
  const pathOf = ({ path = "", parentId }: ManifestRoute): string => {
    const parent = parentId ? all[parentId] : undefined;
    const above = parent ? pathOf(parent) : "";
    return path ? `${above}/${path}` : above;
  };
  return Object.values(all)
    .filter((route) => route.parentId !== undefined)
    .map((route) => ({ id: route.id, path: pathOf(route) || "/" }));
}
