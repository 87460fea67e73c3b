import { formatDate } from "./format-date.ts";
import { useClock } from "./use-clock.ts";

/** The day of an ISO 8601 time where its reader is, such as "Today" or "3 March". */
export function RelativeDate({ time }: { time: string }) {
  const { day, full } = formatDate(time, useClock());
  return (
    // A browser may know newer rules of a zone than the server: that is no reason to render the page anew.
    <time dateTime={time} title={full} suppressHydrationWarning>
      {day.charAt(0).toUpperCase() + day.slice(1)}
    </time>
  );
}
