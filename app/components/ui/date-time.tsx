import { formatDate } from "./format-date.ts";
import { useDateContext } from "./use-date-context.ts";

/** A date and time for use in a sentence, such as "today, 14:05" or "3 March, 14:05"; takes ISO 8601. */
export function DateTime({ time }: { time: string }) {
  const { day, clock, full } = formatDate(time, useDateContext());
  return (
    // Browser and server may have different versions of the time zone rules.
    <time dateTime={time} title={full} suppressHydrationWarning>
      {`${day}, ${clock}`}
    </time>
  );
}
