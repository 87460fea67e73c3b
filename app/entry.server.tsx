import {
  type ActionFunctionArgs,
  type AppLoadContext,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from "@remix-run/node";
import { RemixServer } from "@remix-run/react";
import { isbot } from "isbot";
import { renderToPipeableStream } from "react-dom/server";
import { NonceContext } from "#app/components/ui/nonce.ts";
import { log } from "#app/log.server.ts";
import { keepClosingTagsLast } from "./http/pages/document-end.server.ts";
import { routePrefetchHeader } from "./http/pages/route-prefetch.server.ts";

/** Milliseconds after which Remix rejects the pending promises of loaders. Remix reads this export. */
export const streamTimeout = 5_000;
/** Longer than `streamTimeout`, so that such a rejection still reaches the page. */
const RENDER_TIMEOUT_MS = streamTimeout + 1_000;

/** Renders the HTML of a page. Starts the response when the shell is ready, for crawlers when the page is complete. */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { nonce, requestId }: AppLoadContext,
): Promise<Response> {
  const readyEvent = isbot(request.headers.get("user-agent")) ? "onAllReady" : "onShellReady";

  return new Promise((resolve, reject) => {
    let hasStarted = false;
    let hasFailed = false;
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={nonce}>
        <RemixServer context={remixContext} url={request.url} nonce={nonce} />
      </NonceContext.Provider>,
      {
        nonce,
        [readyEvent]() {
          hasStarted = true;
          const body = keepClosingTagsLast();
          body.once("close", () => clearTimeout(renderTimeout));
          headers.set("Content-Type", "text/html; charset=utf-8");
          headers.append("Link", routePrefetchHeader(remixContext.manifest));
          const init = { status: hasFailed ? 500 : status, headers };
          resolve(new Response(createReadableStreamFromReadable(body), init));
          pipe(body);
        },
        onShellError(error) {
          clearTimeout(renderTimeout);
          reject(error);
        },
        onError(error) {
          hasFailed = true;
          // An error before the start also reaches onShellError, and Remix passes it to handleError.
          if (hasStarted && !request.signal.aborted)
            log.error({ err: error, requestId }, "page rendering failed");
        },
      },
    );
    const renderTimeout = setTimeout(() => abort(new Error("Rendering took too long.")), RENDER_TIMEOUT_MS);
  });
}

/** Logs what loaders, actions and rendering throw. Remix does not call it for a thrown Response. */
export function handleError(error: unknown, { request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  if (request.signal.aborted) return;
  log.error({ err: error, requestId: context.requestId }, "page request failed");
}
