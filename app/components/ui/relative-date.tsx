import { formatDate } from "./format-date.ts";
import { useDateContext } from "./use-date-context.ts";

/** A day in the reader's time zone, such as "Today" or "3 March"; takes ISO 8601. */
export function RelativeDate({ time }: { time: string }) {
  const { day, full } = formatDate(time, useDateContext());
  return (
    // Browser and server may have different versions of the time zone rules.
    <time dateTime={time} title={full} suppressHydrationWarning>
      {day.charAt(0).toUpperCase() + day.slice(1)}
    </time>
  );
}
