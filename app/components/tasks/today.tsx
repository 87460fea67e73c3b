import { formatDayHeading } from "#app/components/ui/format-date.ts";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { useDateContext } from "#app/components/ui/use-date-context.ts";

/** The date, such as "Saturday, 21 November", as the heading of the list. */
export function Today() {
  const dates = useDateContext();
  // Without the root loader's time there is no date to show.
  if (dates.now === undefined) return <PageHeading>Your tasks</PageHeading>;
  return <PageHeading>{formatDayHeading(dates.now, dates)}</PageHeading>;
}
