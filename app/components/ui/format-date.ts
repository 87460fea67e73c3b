const HOUR_MS = 3_600_000;

/** Making one is slow, using it is quick. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** More zones than people are in at a time; a server is asked about any. */
const FORMATS_KEPT = 60;

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    if (formats.size >= FORMATS_KEPT) formats.clear();
    format = new Intl.DateTimeFormat("en-GB", {
      weekday: "long",
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone: zone,
    });
    formats.set(zone, format);
  }
  return format;
}

/** What calendar and clock say in a zone. In parts, as their order and commas differ between engines. */
function read(at: number, zone: string) {
  const { weekday, day, month, year, hour, minute } = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return { weekday, date: `${day} ${month}`, year, hour, minute };
}
type Reading = ReturnType<typeof read>;

/** Today and yesterday, which every time on a page is compared with. */
let around: { key: string; today: Reading; yesterday: Reading } | undefined;

function daysAround(now: string, zone: string) {
  const key = now + zone;
  if (around?.key !== key) {
    const today = read(Date.parse(now), zone);
    // Noon, give or take what summer time does: no day is so short or so long that this is another.
    const noon = Date.parse(now) - (Number(today.hour) + 12) * HOUR_MS;
    around = { key, today, yesterday: read(noon, zone) };
  }
  return around;
}

/** Where and when somebody reads. */
export interface Clock {
  /** null when it is not known (yet): then days are those of UTC, and none of them is "today". */
  zone: string | null;
  /** ISO 8601; undefined when that is not known either. */
  now: string | undefined;
}

/** An ISO 8601 time in words, such as "today" or "3 March", with "14:05" and all of it in full. */
export function formatDate(time: string, { zone, now }: Clock) {
  const place = zone ?? "UTC";
  const { weekday, date, year, hour, minute } = read(Date.parse(time), place);
  const clock = `${hour}:${minute}${zone === null ? " UTC" : ""}`;
  const full = `${weekday} ${date} ${year}, ${clock}`;
  const words = { day: `${date} ${year}`, clock, full };
  if (now === undefined) return words;

  const { today, yesterday } = daysAround(now, place);
  const isDay = (other: Reading) => zone !== null && date === other.date && year === other.year;
  if (isDay(today)) return { ...words, day: "today" };
  if (isDay(yesterday)) return { ...words, day: "yesterday" };
  return year === today.year ? { ...words, day: date } : words;
}
