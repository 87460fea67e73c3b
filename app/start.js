import { builtServer, ensureBuild } from "./ensure-build.js";

/*
 * `npm start`: builds if necessary, then runs the server in this process, so that signals reach it directly.
 */
try {
  ensureBuild();
} catch {
  process.exit(1);
}
process.env.NODE_ENV ??= "production";
await import(builtServer);
