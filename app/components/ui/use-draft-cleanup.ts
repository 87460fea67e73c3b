import { useLocation } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { clearDrafts } from "./drafts.ts";

/**
 * Removes the drafts when the user signs out, which leads to the start page. A session that has ended leads to the
 * sign-in page instead: after the sign-in, the user finds the drafts again.
 */
export function useDraftCleanup(userId: string | null): void {
  const { pathname } = useLocation();
  const previousUserId = useRef(userId);
  useEffect(() => {
    if (previousUserId.current && !userId && pathname === "/") clearDrafts();
    previousUserId.current = userId;
  }, [userId, pathname]);
}
