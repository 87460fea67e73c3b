import { useLocation } from "@remix-run/react";
import { useEffect, useRef } from "react";

/**
 * Starts a reader at the heading of a page that was opened without a reload, as a browser would at its top. A field
 * that took the focus by itself keeps it.
 */
export function useRouteFocus() {
  const { pathname } = useLocation();
  const shown = useRef(pathname);

  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    const main = document.querySelector("main");
    if (main?.contains(document.activeElement) && document.activeElement !== main) return;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [pathname]);
}
