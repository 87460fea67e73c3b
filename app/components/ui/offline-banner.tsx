import { useEffect, useState } from "react";

/**
 * Appears when the browser loses its network. It relies on the events only: `navigator.onLine` is also false on a
 * machine without a network that serves Tock to itself.
 */
export function OfflineBanner() {
  const [offline, setOffline] = useState(false);

  useEffect(() => {
    const update = ({ type }: Event) => setOffline(type === "offline");
    addEventListener("offline", update);
    addEventListener("online", update);
    return () => {
      removeEventListener("offline", update);
      removeEventListener("online", update);
    };
  }, []);

  return (
    <div role="status" className="fixed inset-x-0 bottom-0 z-10">
      {offline && (
        <p className="offline border-t border-edge bg-sheet px-4 py-3 text-center">
          You're offline. Your text is kept; try again when you're back.
        </p>
      )}
    </div>
  );
}
