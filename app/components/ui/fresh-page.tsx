import { useFetchers, useNavigation, useRevalidator } from "@remix-run/react";
import { useEffect, useRef } from "react";

/** Often enough for people who go to and fro. */
const RARELY_MS = 2_000;

/** Brings the page up to date when somebody comes back to it: from another tab, from being offline, or by "Back". */
export function FreshPage() {
  const { revalidate } = useRevalidator();
  const busy = [useNavigation(), ...useFetchers()].some(({ state }) => state !== "idle");
  const underWay = useRef(busy);
  useEffect(() => {
    underWay.current = busy;
  }, [busy]);

  useEffect(() => {
    let looked = performance.now();
    const look = async ({ type }: Event) => {
      const tooSoon = type !== "online" && performance.now() - looked < RARELY_MS;
      if (document.visibilityState === "hidden" || underWay.current || tooSoon) return;
      looked = performance.now();
      // A loader that fails would put an error in the place of a page that can still be read and typed in.
      const health = await fetch("/health").catch(() => undefined);
      if (!health?.ok) looked = Number.NEGATIVE_INFINITY;
      else if (!underWay.current) revalidate();
    };
    // A page out of the browser's memory may be that of somebody who has signed out since: better an error than that.
    const restore = ({ persisted }: PageTransitionEvent) => {
      if (persisted) revalidate();
    };
    const gone = new AbortController();
    const { signal } = gone;
    document.addEventListener("visibilitychange", look, { signal });
    addEventListener("online", look, { signal });
    addEventListener("pageshow", restore, { signal });
    return () => gone.abort();
  }, [revalidate]);

  return null;
}
