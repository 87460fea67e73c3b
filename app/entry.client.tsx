import { RemixBrowser } from "@remix-run/react";
import { StrictMode, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";

/**
 * Decodes the loaders' data before the first render. RemixBrowser starts the decoding in its first render and suspends
 * without a Suspense boundary above it. A key or click that is queued by then makes React hydrate synchronously, and a
 * suspended synchronous render ends with error 345, "Root did not complete": the page never hydrates
 * (remix-run/remix#10214, remix-run/react-router#12763). There is no public function that decodes, so this calls the
 * component once. It throws the promise of the decoding before its first hook, as every suspended component does.
 */
async function decodeLoaderData(): Promise<void> {
  try {
    RemixBrowser({});
  } catch (suspended) {
    // Errors are thrown again by the render below.
    await suspended;
  }
}

await decodeLoaderData();
startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <RemixBrowser />
    </StrictMode>,
  );
});
