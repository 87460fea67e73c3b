import { builtServer, ensureBuild } from "./ensure-build.js";

/*
 * `npm start`: builds if need be, then becomes the server. In one process, so that signals reach the server itself.
 */
try {
  ensureBuild();
} catch {
  process.exit(1);
}
process.env.NODE_ENV ??= "production";
await import(builtServer);
