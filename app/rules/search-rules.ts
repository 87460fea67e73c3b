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

/** @returns where to begin a text so that its first match is on the first line, in UTF-16 units */
export function excerptStart(search: string, text: string): number {
  const match = Math.max(text.search(matchPattern(search)), 0);
  const line = text.slice(0, match).replace(/.*\n/s, "");
  if (line.length <= LEAD) return match - line.length;
  // Begins with a word, or at least not within a surrogate pair.
  return match - line.slice(-LEAD).replace(/^(\S*\s|\p{Cs})/u, "").length;
}
