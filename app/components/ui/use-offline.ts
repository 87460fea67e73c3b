import { useEffect, useState } from "react";

/**
 * Whether the browser has lost its network. It relies on the events only: `navigator.onLine` is also false on a machine
 * without a network that serves Tock to itself.
 */
export function useOffline(): boolean {
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

  return offline;
}
