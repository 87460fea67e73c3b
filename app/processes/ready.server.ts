import { env } from "#app/env.server.ts";
import { log } from "#app/log.server.ts";

/** Logs once that the instance serves requests. @param fields `port`, and further fields of the line */
export function logReady(fields: { port: number; workers?: number[] }): void {
  log.info({ ...fields, url: env().APP_URL ?? `http://localhost:${fields.port}` }, "Tock is ready");
}
