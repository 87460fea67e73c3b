/** The cookie in which a script stores the browser's IANA time zone. Untrusted: clients choose its value. */
export const TIME_ZONE_COOKIE = "zone";

/** @returns the canonical name of a time zone; null for an unknown name */
export function canonicalTimeZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
