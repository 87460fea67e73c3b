import { useEffect, useSyncExternalStore } from "react";
import { canonicalTimeZone, TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

let cachedTimeZone: string | undefined;

/** The browser's time zone. Some browsers report one that they do not support themselves ("Etc/Unknown"). */
function browserTimeZone(): string {
  cachedTimeZone ??= canonicalTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone) ?? "UTC";
  return cachedTimeZone;
}

/** Stores the time zone in a cookie, so that the server renders dates in it. */
function storeTimeZone(): void {
  const pair = `${TIME_ZONE_COOKIE}=${browserTimeZone()}`;
  if (document.cookie.split("; ").includes(pair)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API.
  document.cookie = `${pair}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

const subscribeNever = () => () => undefined;

/**
 * The reader's time zone. During hydration it is the server's value, so that both render the same text.
 * @param serverTimeZone from the cookie; null if there was none
 */
export function useTimeZone(serverTimeZone: string | null): string | null {
  useEffect(storeTimeZone, []);
  return useSyncExternalStore(subscribeNever, browserTimeZone, () => serverTimeZone);
}
