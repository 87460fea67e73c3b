import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftPath, readSharedDraft } from "#app/page-data/shared-draft.ts";
import { countCharacters } from "#app/rules/text-rules.ts";
import { newTaskSchema } from "#app/schemas/task.ts";

type Share = Partial<Record<"title" | "text" | "url", string>>;
const read = (share: Share) => readSharedDraft(new URLSearchParams(share));
const PAGE = "https://example.org/ferns?light=shade";

describe("readSharedDraft converts", () => {
  it.each<[string, Share, { title: string; description: string } | null]>([
    ["no parameters", {}, null],
    ["an empty title", { title: "" }, { title: "", description: "" }],
    ["only white space", { title: " \n", text: "\u200b", url: " " }, { title: "", description: "" }],
    ["a page", { title: "Ferns", url: PAGE }, { title: "Ferns", description: PAGE }],
    [
      "a page with its address as text",
      { title: "Ferns", text: PAGE },
      { title: "Ferns", description: PAGE },
    ],
    [
      "an address that the text also contains",
      { title: "Ferns", text: `See ${PAGE}`, url: PAGE },
      {
        title: "Ferns",
        description: `See ${PAGE}`,
      },
    ],
    ["only an address", { url: PAGE }, { title: PAGE, description: "" }],
    [
      "lines of text",
      { text: "Buy\u00a0 milk \r\n\r\n- oats\n- figs\n" },
      {
        title: "Buy milk",
        description: "- oats\n- figs",
      },
    ],
    ["a title of two lines", { title: "Buy\nmilk" }, { title: "Buy milk", description: "" }],
    ["invalid characters", { title: "\ud83dMi\u0000lk" }, { title: "\ufffdMilk", description: "" }],
  ])("%s", (_, share, draft) => {
    expect(read(share)).toEqual(draft);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "content://media/1", "file:///etc/passwd", "example"])(
    "%s is not kept as an address",
    (url) => {
      expect(read({ title: "Ferns", url })).toEqual({ title: "Ferns", description: "" });
    },
  );

  it("a long title continues in the description, split between two words", () => {
    const draft = read({ title: `${"fern ".repeat(38)}and ivy and moss`, text: "Later" });
    expect(draft).toEqual({ title: `${"fern ".repeat(38)}and ivy…`, description: "…and moss\nLater" });
  });

  it("a long title without spaces is split between two characters", () => {
    expect(read({ title: "🌿".repeat(201) })).toEqual({
      title: `${"🌿".repeat(199)}…`,
      description: "…🌿🌿",
    });
  });

  it("a long text is truncated to keep the address whole", () => {
    const description = read({ title: "Ferns", text: "x".repeat(2_000), url: PAGE })?.description ?? "";
    expect(description).toMatch(/^x{900,}…\nhttps:/);
    expect(description.endsWith(PAGE)).toBe(true);
  });

  it("an address that is too long for the title becomes its host; one that is too long for the description is omitted", () => {
    const long = `${PAGE}${"x".repeat(300)}`;
    expect(read({ url: long })).toEqual({ title: "example.org", description: long });
    expect(read({ url: `${PAGE}${"x".repeat(1_000)}` })).toEqual({
      title: "example.org",
      description: "(The link is too long to be kept.)",
    });
  });
});

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.lorem({ maxCount: 60 }),
  fc
    .array(
      fc.constantFrom("\ud83d", "\u0000", " ", "\u0085", "\u200b", "😀", "a", ".", "\n", "\r\n", "é", "漢字"),
      {
        maxLength: 1_500,
      },
    )
    .map((parts) => parts.join("")),
);
const share: fc.Arbitrary<Share> = fc.record(
  { title: text, text, url: fc.oneof(text, fc.webUrl({ withQueryParameters: true, size: "large" })) },
  { requiredKeys: [] },
);

describe("any shared content", () => {
  it("becomes a valid task, also when a form submits line breaks as CR LF", () => {
    fc.assert(
      fc.property(share, (given) => {
        const draft = read(given);
        expect(draft === null).toBe(Object.keys(given).length === 0);
        if (!draft || (draft.title === "" && draft.description === "")) return;
        const { title, description } = draft;
        const sent = { title, description: description.replaceAll("\n", "\r\n") };
        expect(newTaskSchema.parse(sent)).toEqual({ title, description: sent.description || null });
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps every word when it fits", () => {
    const words = (...parts: (string | undefined)[]) => parts.join(" ").split(/\s+/).filter(Boolean);
    const short = fc.lorem({ maxCount: 25 });
    fc.assert(
      fc.property(short, fc.lorem({ maxCount: 80 }), fc.webUrl(), (title, body, url) => {
        const draft = read({ title, text: body, url });
        const whole = words(title, body, url).join(" ");
        if (countCharacters(whole) > 900) return;
        expect(words(draft?.title.replace(/…$/, ""), draft?.description.replace(/^…/, ""))).toEqual(
          words(whole),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("survives a round trip through draftPath, truncated between characters for a short path", () => {
    const maxLength = 4_090;
    fc.assert(
      fc.property(share, (given) => {
        const draft = read(given);
        if (!draft) return;
        const reread = (limit: number) => {
          const address = draftPath(draft, limit);
          expect(encodeURIComponent(address).length).toBeLessThanOrEqual(limit);
          expect(address).not.toContain("..");
          return readSharedDraft(new URL(address, "http://localhost").searchParams);
        };
        expect(reread(Number.POSITIVE_INFINITY)).toEqual(draft);
        const shorter = reread(maxLength);
        expect(shorter?.title).toBe(draft.title);
        const kept = shorter?.description ?? "";
        expect(draft.description.startsWith(kept) || kept.endsWith("…")).toBe(true);
        expect(draft.description.startsWith(kept.replace(/\s*…$/, ""))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
