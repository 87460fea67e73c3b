import { compress } from "hono/compress";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "#app/http/app-env.ts";

const compressWhenLarge = compress();
const nothingMore = () => Promise.resolve();

/**
 * Compresses responses for clients that accept it, and files that the build did not compress. Hono's middleware reads
 * the headers of every response, which makes a light response a full one, so other clients skip it. A response with an
 * entity tag is sent as it is: Hono would weaken the tag, and `If-Match` accepts only strong ones.
 */
export const compressResponse = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header("Accept-Encoding") === undefined) return next();
  await next();
  if (!c.res.headers.has("ETag")) await compressWhenLarge(c, nothingMore);
});
