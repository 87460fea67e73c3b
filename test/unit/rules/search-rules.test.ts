import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containsMatch, excerptStart, splitAtMatches } from "#app/rules/search-rules.ts";

describe("splitAtMatches", () => {
  it.each([
    ["milk", "Milk, oat MILK", ["", "Milk", ", oat ", "MILK", ""]],
    ["молоко", "Купить МОЛОКО", ["Купить ", "МОЛОКО", ""]],
    ["牛乳", "牛乳を買う", ["", "牛乳", "を買う"]],
    ["é", "CAFÉ", ["CAF", "É", ""]],
    ["100% (or_so) \\ [a]", "pay 100% (OR_so) \\ [A] now", ["pay ", "100% (OR_so) \\ [A]", " now"]],
    [".", "a.b", ["a", ".", "b"]],
    ["🌿", "🌿🪴🌿", ["", "🌿", "🪴", "🌿", ""]],
    ["x", "nothing", ["nothing"]],
  ])("finds %j in %j", (search, text, parts) => {
    expect(splitAtMatches(search, text)).toEqual(parts);
  });

  it("returns the whole text in its parts, and finds every text in itself", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, fc.string({ unit: "grapheme", minLength: 1 }), text, (before, search, after) => {
        const whole = before + search + after;
        expect(splitAtMatches(search, whole).join("")).toBe(whole);
        expect(containsMatch(search, before, whole)).toBe(true);
      }),
    );
  });
});

describe("excerptStart", () => {
  const excerptOf = (text: string) => {
    const start = excerptStart("noon", text);
    return start > 0 ? `…${text.slice(start)}` : text;
  };

  it.each([
    ["a match near the beginning", "Before noon, at the shop", "Before noon, at the shop"],
    ["a match far from the beginning", `${"word ".repeat(30)}noon`, "…word word word noon"],
    ["a match on a later line", "First line\nsecond line at noon", "…second line at noon"],
    [
      "a match far from the beginning of a later line",
      `One\n${"word ".repeat(30)}noon`,
      "…word word word noon",
    ],
    ["no match", "Only the title contains it.\nNothing here", "Only the title contains it.\nNothing here"],
  ])("shows %s", (_, text, shown) => {
    expect(excerptOf(text)).toBe(shown);
  });

  it("contains the first match near its beginning, and the rest of the text, without half a character", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 200 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const whole = `${before}noon${after}`;
        const shown = excerptOf(whole);
        const rest = whole.slice(whole.search(/noon/i));
        expect(shown.isWellFormed()).toBe(true);
        expect(shown.endsWith(rest)).toBe(true);
        expect(shown.length - rest.length).toBeLessThanOrEqual(17);
      }),
    );
  });
});
