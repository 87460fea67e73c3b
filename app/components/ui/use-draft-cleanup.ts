import { useEffect } from "react";
import { clearDrafts } from "./drafts.ts";

/**
 * Removes the drafts when the user signs out. After a session has ended they stay: after the sign-in, the user finds them
 * again.
 */
export function useDraftCleanup(signedOut: true | undefined): void {
  useEffect(() => {
    if (signedOut) clearDrafts();
  }, [signedOut]);
}
