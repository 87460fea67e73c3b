import { compress } from "hono/compress";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "#app/http/app-env.ts";

const compressWhenLarge = compress();

/**
 * Compresses responses for clients that accept it, and files that the build did not compress. Hono's middleware reads
 * the headers of every response, which makes a light response a full one, so other clients skip it.
 */
export const compressResponse = createMiddleware<AppEnv>((c, next) =>
  c.req.header("Accept-Encoding") === undefined ? next() : compressWhenLarge(c, next),
);
