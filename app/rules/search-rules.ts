/* Marks what the search finds. The database folds case a little differently in a few scripts; only the marks depend on it. */

/** How much of a line is shown before its first match, in UTF-16 units. */
const LEAD = 16;

const matchPattern = (search: string) =>
  new RegExp(`(${search.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")})`, "giu");

/** Whether one of the texts contains the searched text, in any case. */
export const containsMatch = (search: string, ...texts: string[]): boolean =>
  texts.some((text) => matchPattern(search).test(text));

/** Splits a text at its matches. @returns parts in order; those with an odd index are matches */
export const splitAtMatches = (search: string, text: string): string[] => text.split(matchPattern(search));

/** Shortens the beginning of a text, so that its first match is on the first line. */
export function excerptOf(search: string, text: string): string {
  const match = text.search(matchPattern(search));
  const lineStart = text.lastIndexOf("\n", match - 1) + 1;
  if (match - lineStart <= LEAD) return lineStart > 0 ? `…${text.slice(lineStart)}` : text;
  const lead = text.slice(match - LEAD, match);
  // Starts at a word, or at least not within a surrogate pair.
  return `…${lead.replace(/^(\S*\s|\p{Cs})/u, "")}${text.slice(match)}`;
}
