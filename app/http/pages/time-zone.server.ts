import { canonicalTimeZone, TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";

/** Letters first: offsets such as "+01:00" are no zones, though Intl takes them. */
const COOKIE = new RegExp(`(?:^|;)\\s*${TIME_ZONE_COOKIE}=([A-Za-z][\\w+/-]{0,63})\\s*(?:;|$)`);

/** Asking Intl takes a tenth of a millisecond, and every page asks. */
const known = new Map<string, string | null>();
/** More than there are. */
const NAMES_KEPT = 1_000;

/** @returns the reader's time zone as their browser last named it, null when it did not, or named none that there is */
export function readTimeZone(request: Request): string | null {
  const [, name] = COOKIE.exec(request.headers.get("Cookie") ?? "") ?? [];
  if (name === undefined) return null;
  let zone = known.get(name);
  if (zone === undefined) {
    if (known.size >= NAMES_KEPT) known.clear();
    zone = canonicalTimeZone(name);
    known.set(name, zone);
  }
  return zone;
}
