import { useEffect, useSyncExternalStore } from "react";
import { canonicalTimeZone, TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

let own: string | undefined;

/** The browser's own time zone. Some report one that they do not know themselves ("Etc/Unknown"). */
function browserZone(): string {
  own ??= canonicalTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone) ?? "UTC";
  return own;
}

/** Tells the server with every request from now on, so that pages come with the reader's own days. */
function tellZone(): void {
  const pair = `${TIME_ZONE_COOKIE}=${browserZone()}`;
  if (document.cookie.split("; ").includes(pair)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere, and nobody else writes it.
  document.cookie = `${pair}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

const never = () => () => undefined;

/**
 * The reader's time zone. Until the page is hydrated it is the one that the server knew, so that both write the same
 * words; null when it knew none.
 */
export function useTimeZone(told: string | null): string | null {
  useEffect(tellZone, []);
  return useSyncExternalStore(never, browserZone, () => told);
}
