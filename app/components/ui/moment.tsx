import { Day } from "./day.tsx";

/** A moment in words, such as "3 March 2026, 14:05 UTC", of an ISO 8601 time. */
export function Moment({ time }: { time: string }) {
  return (
    <>
      <Day time={time} />, {time.slice(11, 16)} UTC
    </>
  );
}
