import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDate } from "#app/components/ui/format-date.ts";

const day = (time: string, timeZone: string | null, now?: string) => formatDate(time, { timeZone, now }).day;

describe("a time in words", () => {
  it.each([
    // Fourteen hours ahead: 10:00 UTC is midnight of the next day.
    ["Pacific/Kiritimati", "2026-03-03T09:59:00Z", "2026-03-03T10:00:00Z", "yesterday"],
    ["Pacific/Kiritimati", "2026-03-03T10:00:00Z", "2026-03-04T09:59:00Z", "today"],
    // Five and three quarters.
    ["Asia/Kathmandu", "2026-03-03T18:14:59Z", "2026-03-03T18:15:00Z", "yesterday"],
    ["Asia/Kathmandu", "2026-03-03T18:15:00Z", "2026-03-03T18:15:00Z", "today"],
    ["America/New_York", "2026-03-04T04:59:00Z", "2026-03-04T05:00:00Z", "yesterday"],
    // The day of 25 hours in Berlin, from 22:00 UTC to 23:00 UTC, and the one of 23.
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "today"],
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-26T22:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-10-24T21:59:00Z", "2026-10-25T22:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T21:59:00Z", "today"],
    ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-30T21:59:00Z", "yesterday"],
    ["Europe/Berlin", "2026-03-28T22:59:00Z", "2026-03-30T21:59:00Z", "28 March"],
    ["Europe/Berlin", "2026-01-01T12:00:00Z", "2026-11-20T12:00:00Z", "1 January"],
    // In Berlin it is another year already.
    ["Europe/Berlin", "2025-12-30T12:00:00Z", "2025-12-31T23:30:00Z", "30 December 2025"],
    ["Europe/Berlin", "2025-12-31T12:00:00Z", "2025-12-31T23:30:00Z", "yesterday"],
    // A clock that runs ahead of the server's.
    ["Europe/Berlin", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z", "21 November"],
  ])("in %s, %s is on %s: %s", (zone, time, now, words) => {
    expect(day(time, zone, now)).toBe(words);
  });

  it("names no day as today's where the zone is not known, and says that it is UTC's", () => {
    const now = "2026-03-03T15:00:00Z";
    expect(formatDate("2026-03-03T14:05:09Z", { timeZone: null, now })).toEqual({
      day: "3 March",
      clock: "14:05 UTC",
      full: "Tuesday 3 March 2026, 14:05 UTC",
    });
    expect(day("2025-03-03T14:05:09Z", null, now)).toBe("3 March 2025");
  });

  it("names the year where the time of the page is not known", () => {
    expect(day("2026-03-03T14:05:09Z", "UTC")).toBe("3 March 2026");
  });

  it("counts midnight as 00, and tells all of it in the reader's own time", () => {
    const { clock, full } = formatDate("2026-07-01T22:05:00Z", { timeZone: "Europe/Berlin", now: undefined });
    expect(clock).toBe("00:05");
    expect(full).toBe("Thursday 2 July 2026, 00:05");
  });

  it("says today and yesterday of no other day, wherever and whenever", () => {
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
    /** The days since 1970 as another way of asking has them. */
    const count = (at: number, zone: string) =>
      Date.parse(new Date(at).toLocaleDateString("sv-SE", { timeZone: zone })) / 86_400_000;
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2013, 0), max: Date.UTC(2050, 0) }),
        fc.integer({ min: 0, max: 80 * 3_600_000 }),
        (zone, time, later) => {
          const now = time + later;
          const passed = count(now, zone) - count(time, zone);
          const words = day(new Date(time).toISOString(), zone, new Date(now).toISOString());
          expect(words).toMatch([/^today$/, /^yesterday$/][passed] ?? /^\d+ [A-Z][a-z]+( \d{4})?$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
