import { formatDate } from "./format-date.ts";
import { useClock } from "./use-clock.ts";

/** A moment within a sentence, such as "today, 14:05" or "3 March, 14:05", of an ISO 8601 time. */
export function DateTime({ time }: { time: string }) {
  const { day, clock, full } = formatDate(time, useClock());
  return (
    // As in Day.
    <time dateTime={time} title={full} suppressHydrationWarning>
      {`${day}, ${clock}`}
    </time>
  );
}
