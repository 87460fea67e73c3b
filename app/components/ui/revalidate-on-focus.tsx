import { Link, useFetchers, useLocation, useNavigation, useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import { useUserId } from "./drafts.ts";
import { hasUnsavedText } from "./unsaved-text.ts";

/** A lost request must not keep later returns from revalidating. */
const CHECK_TIMEOUT_MS = 5_000;

/** Limits revalidation when the user switches between tabs quickly. */
const MIN_INTERVAL_MS = 2_000;

/**
 * Revalidates the page when the user returns to it from another tab, from being offline, or through the back button,
 * and after overlapping submissions. It waits for in-flight requests: one that started just before the network came
 * back may still fail. If the session has ended, a page with unsent text stays.
 */
export function RevalidateOnFocus() {
  const { revalidate } = useRevalidator();
  const navigation = useNavigation();
  const fetchers = useFetchers();
  const isNavigating = navigation.state !== "idle";
  const busy = isNavigating || fetchers.some(({ state }) => state !== "idle");
  // React Router ignores the redirect of a submission if a navigation, such as the redirect of another submission, has
  // started since. The page would not contain the later change.
  const submissions = fetchers.filter(({ state }) => state === "submitting").length;
  const overlapping = submissions + Number(isNavigating) > 1;
  const [stale, setStale] = useState(false);
  const [signedOut, setSignedOut] = useState(false);
  const { key, pathname, search } = useLocation();
  const userId = useUserId();
  const checkedAt = useRef(0);

  useEffect(() => {
    checkedAt.current = performance.now();
    const onReturn = ({ type }: Event) => {
      const tooSoon = type !== "online" && performance.now() - checkedAt.current < MIN_INTERVAL_MS;
      if (document.visibilityState === "visible" && !tooSoon) setStale(true);
    };
    // The back/forward cache may restore a page of a session that has ended. It is revalidated without a health check:
    // an error page is better than another user's tasks.
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) revalidate();
    };
    const listeners = new AbortController();
    const { signal } = listeners;
    document.addEventListener("visibilitychange", onReturn, { signal });
    addEventListener("online", onReturn, { signal });
    addEventListener("pageshow", onPageShow, { signal });
    return () => listeners.abort();
  }, [revalidate]);

  // After a sign-in, the layout is still mounted.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs after a navigation.
  useEffect(() => setSignedOut(false), [key]);

  useEffect(() => {
    if (overlapping) setStale(true);
  }, [overlapping]);

  useEffect(() => {
    if (!stale || busy) return;
    let current = true;
    checkedAt.current = performance.now();
    const check = async () => {
      // A failing loader would replace a page that can still be read and edited with an error, and an ended session would
      // replace text that is being typed with the sign-in page.
      const keepsText = userId !== undefined && hasUnsavedText();
      const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
      const url = keepsText ? "/api/auth/profile" : "/health";
      const response = await fetch(url, { signal }).catch(() => undefined);
      if (!current) return;
      setStale(false);
      setSignedOut(response?.status === 401);
      if (response?.ok) revalidate();
      else checkedAt.current = Number.NEGATIVE_INFINITY;
    };
    void check();
    return () => {
      current = false;
    };
  }, [stale, busy, revalidate, userId]);

  if (!signedOut || !userId) return null;
  return (
    <p role="alert" className="offline fixed inset-x-0 bottom-0 z-10">
      You were signed out. Your text is safe.{" "}
      <Link
        to={`/signin?redirectTo=${encodeURIComponent(pathname + search)}`}
        className="underline underline-offset-4"
      >
        Sign in
      </Link>
    </p>
  );
}
