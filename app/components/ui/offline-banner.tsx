import { useOffline } from "./use-offline.ts";

/** Appears when the browser loses its network. */
export function OfflineBanner() {
  const offline = useOffline();

  return (
    <div role="status" className="fixed inset-x-0 bottom-0 z-10">
      {offline && (
        <p className="offline">You're offline. This page stays open, and your text is still here.</p>
      )}
    </div>
  );
}
