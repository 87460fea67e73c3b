import { useEffect, useState } from "react";

/**
 * Says so when the browser loses its network. Only the events are believed: `navigator.onLine` is false on a machine
 * without a network too, and there a page that came from this machine proves the contrary.
 */
export function OfflineBanner() {
  const [offline, setOffline] = useState(false);

  useEffect(() => {
    const tell = ({ type }: Event) => setOffline(type === "offline");
    addEventListener("offline", tell);
    addEventListener("online", tell);
    return () => {
      removeEventListener("offline", tell);
      removeEventListener("online", tell);
    };
  }, []);

  return (
    <div role="status" className="fixed inset-x-0 bottom-0 z-10">
      {offline && (
        <p className="offline border-t border-edge bg-sheet px-4 py-3 text-center">
          You are offline. Nothing is lost: this page waits until you are back.
        </p>
      )}
    </div>
  );
}
