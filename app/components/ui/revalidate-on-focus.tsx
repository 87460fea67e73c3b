import { useFetchers, useNavigation, useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";

/** Often enough for people who go to and fro. */
const RARELY_MS = 2_000;

/**
 * Brings the page up to date when somebody comes back to it: from another tab, from being offline, or by "Back". What is
 * under way goes first: it may be a try that still fails, begun just before the network came back.
 */
export function RevalidateOnFocus() {
  const { revalidate } = useRevalidator();
  const busy = [useNavigation(), ...useFetchers()].some(({ state }) => state !== "idle");
  const [stale, setStale] = useState(false);
  const looked = useRef(0);

  useEffect(() => {
    looked.current = performance.now();
    const comeBack = ({ type }: Event) => {
      const tooSoon = type !== "online" && performance.now() - looked.current < RARELY_MS;
      if (document.visibilityState === "visible" && !tooSoon) setStale(true);
    };
    // A page out of the browser's memory may be that of somebody who has signed out since: better an error than that.
    const restore = ({ persisted }: PageTransitionEvent) => {
      if (persisted) revalidate();
    };
    const gone = new AbortController();
    const { signal } = gone;
    document.addEventListener("visibilitychange", comeBack, { signal });
    addEventListener("online", comeBack, { signal });
    addEventListener("pageshow", restore, { signal });
    return () => gone.abort();
  }, [revalidate]);

  useEffect(() => {
    if (!stale || busy) return;
    let current = true;
    looked.current = performance.now();
    const look = async () => {
      // A loader that fails would put an error in the place of a page that can still be read and typed in.
      const health = await fetch("/health").catch(() => undefined);
      if (!current) return;
      setStale(false);
      if (health?.ok) revalidate();
      else looked.current = Number.NEGATIVE_INFINITY;
    };
    void look();
    return () => {
      current = false;
    };
  }, [stale, busy, revalidate]);

  return null;
}
