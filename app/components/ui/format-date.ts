const HOUR_MS = 3_600_000;

/** Cached because constructing an Intl.DateTimeFormat is slow. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** Bounds the memory of a server that receives arbitrary time zones. */
const CACHED_FORMATS_MAX = 60;

function cachedFormat(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    if (formats.size >= CACHED_FORMATS_MAX) formats.clear();
    format = new Intl.DateTimeFormat("en-GB", {
      weekday: "long",
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone,
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** The local date and time as parts, because their order and punctuation differ between JavaScript engines. */
function localParts(timeMs: number, timeZone: string) {
  const { weekday, day, month, year, hour, minute } = Object.fromEntries(
    cachedFormat(timeZone)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, value]),
  );
  return { weekday, date: `${day} ${month}`, year, hour, minute };
}
type LocalParts = ReturnType<typeof localParts>;

/** The last result of `todayAndYesterday`: all times on a page are compared with the same two days. */
let cachedDays: { key: string; today: LocalParts; yesterday: LocalParts } | undefined;

function todayAndYesterday(now: string, timeZone: string) {
  const key = now + timeZone;
  if (cachedDays?.key !== key) {
    const today = localParts(Date.parse(now), timeZone);
    // About noon of the day before, so that a day of 23 or 25 hours makes no difference.
    const yesterdayNoon = Date.parse(now) - (Number(today.hour) + 12) * HOUR_MS;
    cachedDays = { key, today, yesterday: localParts(yesterdayNoon, timeZone) };
  }
  return cachedDays;
}

/** The reference for the relative dates of a page. */
export interface DateContext {
  /** The reader's time zone; null while unknown: dates are then in UTC, and none of them is "today". */
  timeZone: string | null;
  /** ISO 8601; undefined if the root loader failed. */
  now: string | undefined;
}

/** Formats the day of an ISO 8601 time: "Tuesday, 3 March". */
export function formatDayHeading(time: string, { timeZone }: Pick<DateContext, "timeZone">): string {
  const { weekday, date } = localParts(Date.parse(time), timeZone ?? "UTC");
  return `${weekday}, ${date}`;
}

/**
 * Formats an ISO 8601 time.
 * @returns `day` ("today", "3 March"), `clock` ("14:05") and `full` ("Tuesday 3 March 2026, 14:05")
 */
export function formatDate(time: string, { timeZone, now }: DateContext) {
  const zone = timeZone ?? "UTC";
  const { weekday, date, year, hour, minute } = localParts(Date.parse(time), zone);
  const clock = `${hour}:${minute}${timeZone === null ? " UTC" : ""}`;
  const full = `${weekday} ${date} ${year}, ${clock}`;
  const result = { day: `${date} ${year}`, clock, full };
  if (now === undefined) return result;

  const { today, yesterday } = todayAndYesterday(now, zone);
  const isOn = (other: LocalParts) => timeZone !== null && date === other.date && year === other.year;
  if (isOn(today)) return { ...result, day: "today" };
  if (isOn(yesterday)) return { ...result, day: "yesterday" };
  return year === today.year ? { ...result, day: date } : result;
}
