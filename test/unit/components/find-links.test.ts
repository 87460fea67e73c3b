import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLinks } from "#app/components/tasks/find-links.ts";

const textOf = (text: string) =>
  findLinks(text)
    .map((part) => (typeof part === "string" ? part : part.text))
    .join("");
const hrefsOf = (text: string) =>
  findLinks(text).flatMap((part) => (typeof part === "string" ? [] : [part.href]));

describe("findLinks", () => {
  it.each([
    ["See https://example.org.", "https://example.org"],
    ["(https://example.org/a)", "https://example.org/a"],
    ["https://en.wikipedia.org/wiki/Fern_(plant)", "https://en.wikipedia.org/wiki/Fern_(plant)"],
    ["https://example.org/?q=a,b&c=d#e!", "https://example.org/?q=a,b&c=d#e"],
    ["“https://example.org”, she said", "https://example.org"],
    ["HTTP://EXAMPLE.ORG/x", "HTTP://EXAMPLE.ORG/x"],
    ["https://beispiel.de/straße-für-bäume", "https://beispiel.de/straße-für-bäume"],
    ["http://localhost:7860/tasks/1", "http://localhost:7860/tasks/1"],
    ["https://[::1]/x]", "https://[::1]/x"],
    ["Write to ada.b+list@mail.example.org?", "mailto:ada.b+list@mail.example.org"],
    ["mailto:ada@example.org", "mailto:ada@example.org"],
    ["<https://example.org/a>", "https://example.org/a"],
  ])("finds the link in %s", (text, href) => {
    expect(hrefsOf(text)).toEqual([href]);
    expect(textOf(text)).toBe(text);
  });

  it("finds several links, and keeps the text between them with its line breaks", () => {
    expect(findLinks("One http://a.example\n\ntwo: https://b.example/c.\n")).toEqual([
      "One ",
      { text: "http://a.example", href: "http://a.example" },
      "\n\ntwo: ",
      { text: "https://b.example/c", href: "https://b.example/c" },
      ".\n",
    ]);
  });

  it.each([
    "",
    "no link",
    "javascript:alert(1)",
    "data:text/html,<b>x</b>",
    "file:///etc/passwd",
    "vbscript:x ftp://example.org tel:123",
    "https://",
    "https:// example.org",
    "xhttps://example.org",
    "example.org and file.ts",
    "a@b",
    "mailto:?bcc=someone",
  ])("finds no link in %s", (text) => {
    expect(hrefsOf(text)).toEqual([]);
    expect(textOf(text)).toBe(text);
  });

  it("keeps any text, and links to http, https and mailto addresses only", () => {
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.constantFrom(
        "https://",
        "http://x",
        "mailto:",
        "a@b.example",
        "javascript:",
        "(",
        ")",
        "]",
        "…",
        ".",
        "\n",
      ),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.emailAddress(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(textOf(text)).toBe(text);
        for (const href of hrefsOf(text)) expect(new URL(href).protocol).toMatch(/^(https?|mailto):$/);
      }),
    );
  });

  it.each(["a.", "a@", "https://a.", ")", "http://(((", "a@a."])(
    "reads 1,000 characters of repeated %s without delay",
    (unit) => {
      const text = `https://x/${unit.repeat(1_000 / unit.length)}`;
      const startedAt = performance.now();
      expect(textOf(text)).toBe(text);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
  );
});
