/** The cookie in which a browser says where its reader is: an IANA time zone, written by script, worth no trust. */
export const TIME_ZONE_COOKIE = "zone";

/** @returns the zone in its one spelling; null when there is none of that name, or none that is known here */
export function canonicalTimeZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
