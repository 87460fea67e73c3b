import { useBlocker } from "@remix-run/react";
import { useEffect } from "react";
import { useOffline } from "./use-offline.ts";

/** Blocks navigation while the browser is offline: an error page would replace the text that is being typed. */
export function StayWhileOffline() {
  const blocker = useBlocker(useOffline());
  useEffect(() => {
    if (blocker.state === "blocked") blocker.reset();
  }, [blocker]);
  return null;
}
