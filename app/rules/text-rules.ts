/** Returns the problem of a field's value, if there is one. The browser and the schemas use the same rules. */
export type Rule = (value: string) => string | undefined;

/** Neither white space (PostgreSQL's check constraint includes U+0085) nor a zero-width character. */
export const VISIBLE_CHARACTER = /[^\s\u0085\u180e\u200b-\u200d\u2060]/;

/** Length in code points, like PostgreSQL's varchar(n), not in UTF-16 units. */
export function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** @param limit in characters */
export const lengthProblem = (value: string, limit: number) =>
  value.length > limit && countCharacters(value) > limit
    ? `That's too long: use at most ${limit} characters.`
    : undefined;
