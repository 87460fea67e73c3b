import { fileURLToPath } from "node:url";
import * as build from "virtual:remix/server-build";
import type { ServerBuild } from "@remix-run/node";
import { startServer } from "./bootstrap.server.ts";
import { createApp } from "./http/app.server.ts";
import { createRequestListener } from "./http/server/request-listener.server.ts";

/*
 * The production entry, built to build/server/index.js. `npm run dev` enters at dev.ts.
 */
const program = fileURLToPath(import.meta.url);
const clientFolder = fileURLToPath(new URL("../client", import.meta.url));
await startServer(() => {
  const app = createApp(build as unknown as ServerBuild, clientFolder);
  return createRequestListener(app.fetch);
}, program);
