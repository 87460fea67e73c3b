import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { accepts } from "hono/accepts";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX, compress } from "hono/compress";
import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";

/** Below this, compression costs more time than it saves. */
const MIN_BYTES = 1_024;

const gzipBytes = promisify(gzip);
const compressStream = compress();
const nothingMore = () => Promise.resolve();

/**
 * Compresses responses for clients that accept it, and files that the build did not compress. Reading the headers makes a
 * light response of @hono/node-server a full one, so it is skipped for other clients. A response with an entity tag is
 * sent as it is: it is small, and `If-Match` accepts only strong tags.
 */
export const compressResponse = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header("Accept-Encoding") === undefined) return next();
  await next();
  const { headers } = c.res;
  if (headers.has("ETag")) return;
  // Other bodies are complete, or files of the client.
  if (headers.has("Content-Disposition")) await compressStream(c, nothingMore);
  else await compressBody(c);
});

/** Compresses a complete body in one piece: Hono's middleware would send it in pieces, and even an empty object. */
async function compressBody(c: AppContext): Promise<void> {
  const { status, headers, body } = c.res;
  // A range is one of the bytes before compression.
  if (!body || status === 206 || c.req.method === "HEAD" || headers.has("Content-Encoding")) return;
  if (!COMPRESSIBLE_CONTENT_TYPE_REGEX.test(headers.get("Content-Type") ?? "")) return;
  let bytes = new Uint8Array(await c.res.arrayBuffer());
  if (bytes.length >= MIN_BYTES) {
    headers.append("Vary", "Accept-Encoding");
    if (acceptsGzip(c)) {
      headers.set("Content-Encoding", "gzip");
      bytes = await gzipBytes(bytes);
    }
  }
  headers.set("Content-Length", String(bytes.length));
  // Otherwise Hono would copy the headers of the response that this one replaces.
  c.res = undefined;
  c.res = new Response(bytes, { status, headers });
}

const acceptsGzip = (c: AppContext): boolean =>
  accepts(c, { header: "Accept-Encoding", supports: ["gzip"], default: "identity" }) === "gzip";
