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

/** Milliseconds that a loader's promise may keep a page open; Remix reads this export. */
export const streamTimeout = 5_000;

/**
 * Turns what the loaders brought into HTML. People get the page as soon as its frame stands, crawlers when it is
 * complete.
 */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { nonce, requestId }: AppLoadContext,
): Promise<Response> {
  const ready = isbot(request.headers.get("user-agent")) ? "onAllReady" : "onShellReady";

  return new Promise((resolve, reject) => {
    let started = false;
    let failed = false;
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={nonce}>
        <RemixServer context={remixContext} url={request.url} nonce={nonce} />
      </NonceContext.Provider>,
      {
        nonce,
        [ready]() {
          started = true;
          const body = keepClosingTagsLast();
          body.once("close", () => clearTimeout(giveUp));
          headers.set("Content-Type", "text/html; charset=utf-8");
          resolve(
            new Response(createReadableStreamFromReadable(body), { status: failed ? 500 : status, headers }),
          );
          pipe(body);
        },
        onShellError(error) {
          clearTimeout(giveUp);
          reject(error);
        },
        onError(error) {
          failed = true;
          // What breaks before the frame stands comes back through onShellError, and is told there.
          if (started && !request.signal.aborted)
            log.error({ err: error, requestId }, "rendering a page broke off");
        },
      },
    );
    // A second longer than the loaders get, so that their rejection still reaches the page.
    const giveUp = setTimeout(() => abort(new Error("Rendering took too long.")), streamTimeout + 1_000);
  });
}

/** Tells of what loaders, actions and rendering threw; an answer on purpose (a thrown Response) never comes here. */
export function handleError(error: unknown, { request, context }: LoaderFunctionArgs | ActionFunctionArgs) {
  if (request.signal.aborted) return;
  log.error({ err: error, requestId: context.requestId }, "a page failed");
}
