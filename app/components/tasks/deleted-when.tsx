import { DateTime } from "#app/components/ui/date-time.tsx";
import { formatDate } from "#app/components/ui/format-date.ts";
import { useDateContext } from "#app/components/ui/use-date-context.ts";
import { TRASH_DAYS } from "#app/rules/limits.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** When a task was deleted, and until when it can be restored. @param time ISO 8601 */
export function DeletedWhen({ time }: { time: string }) {
  const erasedAt = new Date(Date.parse(time) + TRASH_DAYS * DAY_MS).toISOString();
  const { day, full } = formatDate(erasedAt, useDateContext());
  return (
    <>
      Deleted <DateTime time={time} />.{" "}
      <span className="inline-block">
        Gone for good {day === "today" ? "" : "on "}
        <time dateTime={erasedAt} title={full} suppressHydrationWarning>
          {day}
        </time>
        .
      </span>
    </>
  );
}
