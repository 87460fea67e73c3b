import { canonicalTimeZone, TIME_ZONE_COOKIE } from "#app/page-data/time-zone.ts";

/** A zone name starts with a letter. Intl also accepts offsets such as "+01:00", which are not zones. */
const COOKIE = new RegExp(`(?:^|;)\\s*${TIME_ZONE_COOKIE}=([A-Za-z][\\w+/-]{0,63})\\s*(?:;|$)`);

/** Cached because Intl needs 0.1 ms per name, on every page. */
const zonesByName = new Map<string, string | null>();
/** More than the IANA database has, so that only invalid names can exceed it. */
const MAX_CACHED_NAMES = 1_000;

/** @returns the time zone that the browser stored in its cookie, null without one or with an unknown name */
export function readTimeZone(request: Request): string | null {
  const [, name] = COOKIE.exec(request.headers.get("Cookie") ?? "") ?? [];
  if (name === undefined) return null;
  let zone = zonesByName.get(name);
  if (zone === undefined) {
    if (zonesByName.size >= MAX_CACHED_NAMES) zonesByName.clear();
    zone = canonicalTimeZone(name);
    zonesByName.set(name, zone);
  }
  return zone;
}
