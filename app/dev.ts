import { resolve } from "node:path";
import { getRequestListener } from "@hono/node-server";
import type { ServerBuild } from "@remix-run/node";
import { createServer } from "vite";

/*
 * `npm run dev`: the process of app/server.ts, with Vite in front for the browser's modules, and the application taken
 * anew from Vite whenever a file of it has changed. What lives longer than a request (the pool, the embedded
 * database) is started once: a change in db/ or in the environment needs a restart.
 */
// Vite hands out the source files to whoever asks: for this machine alone, unless somebody decides otherwise.
process.env.HOST ??= "127.0.0.1";
const secrets = [
  ".env",
  ".env.*",
  "*.{crt,pem}",
  "**/.git/**",
  "**/.data/**",
  `${resolve(process.env.DATA_DIR ?? ".data")}/**`,
];
const vite = await createServer({
  server: { middlewareMode: true, fs: { deny: secrets } },
  appType: "custom",
});
type ServerModule = typeof import("./server.ts");
type AppModule = typeof import("./http/app.server.ts");
const load = <T>(id: string) => vite.ssrLoadModule(id) as Promise<T>;

let current: { build: ServerBuild; http: AppModule; app: ReturnType<AppModule["createApp"]> } | undefined;

async function currentApp() {
  const http = await load<AppModule>("/app/http/app.server.ts");
  const build = await load<ServerBuild>("virtual:remix/server-build");
  if (current?.build !== build || current.http !== http) {
    current = { build, http, app: http.createApp(build, undefined) };
  }
  return current.app;
}

const { unreadableRequestError } = await load<
  typeof import("./http/middleware/unreadable-request.server.ts")
>("/app/http/middleware/unreadable-request.server.ts");
const application = getRequestListener(
  async (request, bindings) => (await currentApp()).fetch(request, bindings),
  { errorHandler: unreadableRequestError },
);
const { start } = await load<ServerModule>("/app/server.ts");
await start(() => (request, response) => {
  vite.middlewares(request, response, () => application(request, response));
});
