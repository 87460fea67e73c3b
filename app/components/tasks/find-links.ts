/** A part of a text: plain, or a link to `href`. */
export type TextPart = string | { text: string; href: string };

/** Web addresses with their scheme, and email addresses. No lookbehind: Safari before 16.4 rejects the whole script. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"]+|\b(?:mailto:)?[\w.+%-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}/gi;
const TRAILING_PUNCTUATION = /[?!.,:;*_~'…。，、！？；：”’»]$/;
const BRACKETS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
const SAFE_PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/**
 * Finds the links of a text by the rules of GitHub Flavored Markdown (6.9, autolinks): punctuation at the end is not part
 * of a link, nor is a bracket that closes one before the link.
 * @returns parts that together are the text
 */
export function findLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const link = withoutTrailingPunctuation(candidate);
    const href = linkTarget(link);
    if (href === undefined) continue;
    if (index > end) parts.push(text.slice(end, index));
    parts.push({ text: link, href });
    end = index + link.length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** @returns undefined unless it is an absolute address with a safe scheme */
function linkTarget(link: string): string | undefined {
  const href = /^(https?|mailto):/i.test(link) ? link : `mailto:${link}`;
  return URL.canParse(href) && SAFE_PROTOCOLS.has(new URL(href).protocol) ? href : undefined;
}

function withoutTrailingPunctuation(candidate: string): string {
  const last = candidate.at(-1) ?? "";
  const opening = BRACKETS[last];
  const count = (character: string) => candidate.split(character).length;
  const isOutside = opening !== undefined && count(last) > count(opening);
  const shortened = isOutside ? candidate.slice(0, -1) : candidate.replace(TRAILING_PUNCTUATION, "");
  return shortened === candidate ? candidate : withoutTrailingPunctuation(shortened);
}
