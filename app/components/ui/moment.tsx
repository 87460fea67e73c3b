import { timeInWords } from "./calendar.ts";
import { useClock } from "./use-clock.ts";

/** A moment within a sentence, such as "today, 14:05" or "3 March, 14:05", of an ISO 8601 time. */
export function Moment({ time }: { time: string }) {
  const { day, clock, full } = timeInWords(time, useClock());
  return (
    // As in Day.
    <time dateTime={time} title={full} suppressHydrationWarning>
      {`${day}, ${clock}`}
    </time>
  );
}
