import { Writable } from "node:stream";
import type { ActionFunctionArgs, AppLoadContext, EntryContext, LoaderFunctionArgs } from "@remix-run/node";
import { RemixServer } from "@remix-run/react";
import { renderToPipeableStream } from "react-dom/server";
import { InlineStylesContext } from "#app/components/ui/inline-styles.ts";
import { NonceContext } from "#app/components/ui/nonce.ts";
import { log } from "#app/log.server.ts";
import { moveClosingTagsLast } from "./http/pages/document-end.server.ts";
import { inlineStyles } from "./http/pages/inline-styles.server.ts";

/** Milliseconds after which Remix rejects the pending promises of loaders. Remix reads this export. */
export const streamTimeout = 5_000;
/** Longer than `streamTimeout`, so that such a rejection still reaches the page. */
const RENDER_TIMEOUT_MS = streamTimeout + 1_000;

/**
 * Renders the HTML of a page. The response is sent when the page is complete: no loader defers data, so a stream would
 * save no time, and its many small writes cost more than the rendering.
 */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { nonce, requestId }: AppLoadContext,
): Promise<Response> {
  const styles = inlineStyles(request);
  return new Promise((resolve, reject) => {
    /** Errors of parts of the page. The browser renders these parts. */
    const errors: unknown[] = [];
    const respond = (html: Buffer<ArrayBuffer>) => {
      if (!request.signal.aborted)
        for (const err of errors) log.error({ err, requestId }, "page rendering failed");
      headers.set("Content-Type", "text/html; charset=utf-8");
      resolve(new Response(moveClosingTagsLast(html), { status: errors.length > 0 ? 500 : status, headers }));
    };
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={nonce}>
        <InlineStylesContext.Provider value={styles}>
          <RemixServer context={remixContext} url={request.url} nonce={nonce} />
        </InlineStylesContext.Provider>
      </NonceContext.Provider>,
      {
        nonce,
        onAllReady() {
          clearTimeout(renderTimeout);
          // After onShellError, React destroys the stream with the error.
          pipe(collect(respond).on("error", reject));
        },
        // Remix passes this error to handleError.
        onShellError: reject,
        onError: (error) => void errors.push(error),
      },
    );
    const renderTimeout = setTimeout(() => abort(new Error("Rendering took too long.")), RENDER_TIMEOUT_MS);
  });
}

/**
 * A stream that passes on all of its content at its end, without the NUL bytes with which React 18 fills a block when the
 * next character does not fit into it (facebook/react#26228).
 */
function collect(onEnd: (content: Buffer<ArrayBuffer>) => void): Writable {
  const chunks: Buffer[] = [];
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      let end = chunk.length;
      while (chunk[end - 1] === 0) end -= 1;
      chunks.push(chunk.subarray(0, end));
      done();
    },
    final(done) {
      onEnd(Buffer.concat(chunks));
      done();
    },
  });
}

/** Logs what loaders, actions and rendering throw. Remix does not call it for a thrown Response. */
export function handleError(error: unknown, { request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  if (request.signal.aborted) return;
  log.error({ err: error, requestId: context.requestId }, "page request failed");
}
