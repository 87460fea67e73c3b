import { z } from "zod";

const NUL = "\u0000";

/**
 * A string field. Says in words what is wrong: a missing value, another type, and characters that PostgreSQL cannot
 * store as text (NUL, and halves of surrogate pairs, which are not Unicode).
 */
export function text(label: string) {
  return z
    .string({ error: ({ input }) => (input == null ? `${label} is required.` : `${label} must be text.`) })
    .refine((value) => !value.includes(NUL) && value.isWellFormed(), {
      error: `${label} contains characters that are not text.`,
      abort: true,
    });
}

/** Something to see: neither a blank (the database also takes U+0085 for one) nor a mark without width. */
export const VISIBLE = /[^\s\u0085\u180e\u200b-\u200d\u2060]/;

/** Length in characters as people and PostgreSQL's varchar(n) count them: code points, not UTF-16 units. */
export function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** At most `limit` characters. */
export const atMost = (limit: number, label: string) =>
  [
    (value: string) => value.length <= limit || characters(value) <= limit,
    { error: `${label} can be at most ${limit} characters long.` },
  ] as const;
