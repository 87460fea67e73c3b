import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTimeZone } from "#app/http/cookies/time-zone-cookie.server.ts";

const zoneOf = (cookie?: string) =>
  readTimeZone({ headers: { get: () => cookie ?? null } } as unknown as Request);

describe("readTimeZone", () => {
  it.each(["zone=Asia/Kathmandu", "tock=a.b; zone=Asia/Kathmandu", "zone=asia/kathmandu;tock=a"])(
    "reads the zone from the cookies %s",
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
  ])("returns null for the cookies %s", (cookie) => {
    expect(zoneOf(cookie)).toBeNull();
  });

  it("returns null or a zone that Intl accepts, for any cookie", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const zone = zoneOf(`zone=${text}`);
        if (zone !== null) new Intl.DateTimeFormat("en", { timeZone: zone });
      }),
    );
  });
});
