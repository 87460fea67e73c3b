/** Says what is wrong with a field's text, if anything. Plain functions: browser and schemas judge by the same ones. */
export type Rule = (value: string) => string | undefined;

/** Something to see: neither a blank (the database also takes U+0085 for one) nor a mark without width. */
export const VISIBLE_CHARACTER = /[^\s\u0085\u180e\u200b-\u200d\u2060]/;

/** Length in characters as people and PostgreSQL's varchar(n) count them: code points, not UTF-16 units. */
export function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** Whether it is more than `limit` characters, and then what to say of it. */
export const lengthProblem = (value: string, limit: number, label: string) =>
  value.length > limit && countCharacters(value) > limit
    ? `${label} can be at most ${limit} characters long.`
    : undefined;
