// A fixed zone and language: the server and every browser write the same day, so hydration finds what it expects.
const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** A day in words, such as "3 March 2026", of an ISO 8601 time. */
export function Day({ time }: { time: string }) {
  return <time dateTime={time}>{DAY.format(new Date(time))}</time>;
}
