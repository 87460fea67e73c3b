import type { RequestContext } from "#app/http/request-context.ts";
import { toAppError } from "#app/http/responses/error-response.server.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** Returns status 204 without a body. */
export const noContent = (headers?: [name: string, value: string][]): Response =>
  new Response(null, { status: 204, ...(headers && { headers: new Headers(headers) }) });

/** Returns text that is JSON already, such as the result of PostgreSQL's json_agg. */
export const jsonText = (text: string, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(text, { status, headers: { "Content-Type": JSON_TYPE, ...headers } });

/**
 * Streams JSON text as a file download. Reads the next chunk only when the client has taken the previous one. An error
 * aborts the connection, so that no client mistakes a part for the whole file.
 */
export function jsonDownload(
  filename: string,
  chunks: AsyncIterable<string>,
  context: Pick<RequestContext, "requestId" | "closeConnection">,
): Response {
  const headers = {
    "Content-Type": JSON_TYPE,
    "Content-Disposition": `attachment; filename="${filename}"`,
  };
  return new Response(toByteStream(chunks, context), { headers });
}

function toByteStream(
  chunks: AsyncIterable<string>,
  { requestId, closeConnection }: Pick<RequestContext, "requestId" | "closeConnection">,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = chunks[Symbol.asyncIterator]();
  let cancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          // The client may have disconnected during the read; the controller is closed then.
          if (cancelled) return;
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (thrown) {
          if (cancelled) return;
          toAppError(thrown, requestId);
          // After an error of the stream, @hono/node-server would print it to stderr, past the log and its redaction.
          closeConnection();
        }
      },
      async cancel() {
        cancelled = true;
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
