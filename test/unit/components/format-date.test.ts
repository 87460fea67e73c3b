import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDate, formatDayHeading } from "#app/components/ui/format-date.ts";

const day = (time: string, timeZone: string | null, now?: string) => formatDate(time, { timeZone, now }).day;

it.each([
  ["Pacific/Kiritimati", "Tuesday, 3 March"],
  ["America/New_York", "Monday, 2 March"],
  [null, "Monday, 2 March"],
])("formatDayHeading formats the day in the time zone %s", (timeZone, expected) => {
  expect(formatDayHeading("2026-03-02T23:30:00Z", { timeZone })).toBe(expected);
});

describe("formatDate", () => {
  it.each([
    // UTC+14: 10:00 UTC is midnight of the next day.
    ["Pacific/Kiritimati", "2026-03-03T09:59:00Z", "2026-03-03T10:00:00Z", "yesterday"],
    ["Pacific/Kiritimati", "2026-03-03T10:00:00Z", "2026-03-04T09:59:00Z", "today"],
    // UTC+05:45.
    ["Asia/Kathmandu", "2026-03-03T18:14:59Z", "2026-03-03T18:15:00Z", "yesterday"],
    ["Asia/Kathmandu", "2026-03-03T18:15:00Z", "2026-03-03T18:15:00Z", "today"],
    ["America/New_York", "2026-03-04T04:59:00Z", "2026-03-04T05:00:00Z", "yesterday"],
    // In Berlin, 25 October 2026 has 25 hours and 29 March 2026 has 23.
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "today"],
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-26T22:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-10-24T21:59:00Z", "2026-10-25T22:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T21:59:00Z", "today"],
    ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-30T21:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-03-28T22:59:00Z", "2026-03-30T21:59:00Z", "28 March"],
    ["Europe/Berlin", "2026-01-01T12:00:00Z", "2026-11-20T12:00:00Z", "1 January"],
    // In Berlin, the new year has begun.
    ["Europe/Berlin", "2025-12-30T12:00:00Z", "2025-12-31T23:30:00Z", "30 December 2025"],
    ["Europe/Berlin", "2025-12-31T12:00:00Z", "2025-12-31T23:30:00Z", "yesterday"],
    // A time in the future, by a clock that is ahead of the server's.
    ["Europe/Berlin", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z", "21 November"],
  ])("in %s, formats %s at %s as %s", (timeZone, time, now, expected) => {
    expect(day(time, timeZone, now)).toBe(expected);
  });

  it("formats in UTC, without today and yesterday, if the time zone is unknown", () => {
    const now = "2026-03-03T15:00:00Z";
    expect(formatDate("2026-03-03T14:05:09Z", { timeZone: null, now })).toEqual({
      day: "3 March",
      clock: "14:05 UTC",
      full: "Tuesday 3 March 2026, 14:05 UTC",
    });
    expect(day("2025-03-03T14:05:09Z", null, now)).toBe("3 March 2025");
  });

  it("includes the year if the time of the page is unknown", () => {
    expect(day("2026-03-03T14:05:09Z", "UTC")).toBe("3 March 2026");
  });

  it("formats midnight as 00 and the full date in the reader's time zone", () => {
    const { clock, full } = formatDate("2026-07-01T22:05:00Z", { timeZone: "Europe/Berlin", now: undefined });
    expect(clock).toBe("00:05");
    expect(full).toBe("Thursday 2 July 2026, 00:05");
  });

  it("formats only today as today and only yesterday as yesterday, in any time zone", () => {
    const zones = [
      ...["Pacific/Kiritimati", "Asia/Kathmandu", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Asia/Tehran"],
      ...[
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "Africa/Cairo",
        "America/St_Johns",
        "UTC",
      ],
    ];
    /** The days since 1970, computed independently. */
    const dayNumber = (at: number, zone: string) =>
      Date.parse(new Date(at).toLocaleDateString("sv-SE", { timeZone: zone })) / 86_400_000;
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2013, 0), max: Date.UTC(2050, 0) }),
        fc.integer({ min: 0, max: 80 * 3_600_000 }),
        (zone, time, later) => {
          const now = time + later;
          const days = dayNumber(now, zone) - dayNumber(time, zone);
          const formatted = day(new Date(time).toISOString(), zone, new Date(now).toISOString());
          expect(formatted).toMatch([/^today$/, /^yesterday$/][days] ?? /^\d+ [A-Z][a-z]+( \d{4})?$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
