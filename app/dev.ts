import { resolve } from "node:path";
import type { HttpBindings } from "@hono/node-server";
import type { ServerBuild } from "@remix-run/node";
import { createServer } from "vite";

/*
 * `npm run dev`: the server of bootstrap.server.ts with Vite in front of it. The application is loaded again when one
 * of its files has changed. The pool and the embedded database are opened once: a change in db/ or in the environment
 * needs a restart.
 */
// Vite serves the source files to every client, so by default it listens on this machine only.
process.env.HOST ??= "127.0.0.1";
const SECRET_FILES = [
  ".env",
  ".env.*",
  "*.{crt,pem}",
  "**/.git/**",
  "**/.data/**",
  `${resolve(process.env.DATA_DIR ?? ".data")}/**`,
];
const { VITE_CACHE_DIR } = process.env;
const vite = await createServer({
  // For tests of an empty cache. The default is node_modules/.vite.
  ...(VITE_CACHE_DIR && { cacheDir: VITE_CACHE_DIR }),
  server: { middlewareMode: true, fs: { deny: SECRET_FILES } },
  appType: "custom",
});
type AppModule = typeof import("./http/app.server.ts");
type QueryTimingModule = typeof import("#db/query-timing.ts");
type BootstrapModule = typeof import("./bootstrap.server.ts");
type RequestListenerModule = typeof import("./http/server/request-listener.server.ts");
const load = <T>(id: string) => vite.ssrLoadModule(id) as Promise<T>;

// Loaded by Vite, so that it is the instance that the queries use.
const { measureQueries } = await load<QueryTimingModule>("/db/query-timing.ts");

let current: { build: ServerBuild; module: AppModule; app: ReturnType<AppModule["createApp"]> } | undefined;

async function currentApp() {
  const module = await load<AppModule>("/app/http/app.server.ts");
  const build = await load<ServerBuild>("virtual:remix/server-build");
  if (current?.build !== build || current.module !== module) {
    current = { build, module, app: module.createApp(build, undefined, measureQueries) };
  }
  return current.app;
}

const { createRequestListener } = await load<RequestListenerModule>(
  "/app/http/server/request-listener.server.ts",
);
const { startServer } = await load<BootstrapModule>("/app/bootstrap.server.ts");
const appListener = createRequestListener(async (request, bindings) =>
  (await currentApp()).fetch(request, bindings as HttpBindings),
);
await startServer(() => (request, response) => {
  vite.middlewares(request, response, () => appListener(request, response));
});
