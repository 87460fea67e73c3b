import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTimeZone } from "#app/http/pages/time-zone.server.ts";

const zoneOf = (cookie?: string) =>
  readTimeZone({ headers: { get: () => cookie ?? null } } as unknown as Request);

describe("the zone that a browser names", () => {
  it.each(["zone=Asia/Kathmandu", "tock=a.b; zone=Asia/Kathmandu", "zone=asia/kathmandu;tock=a"])(
    "is read from %s",
    (cookie) => {
      expect(zoneOf(cookie)).toMatch(/^Asia\/Kat(h)?mandu$/);
    },
  );

  it.each([
    undefined,
    "",
    "tock=zone",
    "zone=",
    "zone=Middle/Earth",
    "zone=+01:00",
    "zone=%45urope/Berlin",
    "timezone=Europe/Berlin",
    `zone=${"a".repeat(5_000)}`,
    "zone=Europe/Berlin<script>",
  ])("is none in %s", (cookie) => {
    expect(zoneOf(cookie)).toBeNull();
  });

  it("is none, or one that Intl takes, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const zone = zoneOf(`zone=${text}`);
        if (zone !== null) new Intl.DateTimeFormat("en", { timeZone: zone });
      }),
    );
  });
});
