import { z } from "zod";
import { type Rule, VISIBLE_CHARACTER } from "#app/rules/text-rules.ts";

const NUL = "\u0000";

/* JSON Schema patterns for the API description: text that PostgreSQL can store, and text that is not blank either. */
export const STORABLE_PATTERN = "^[^\\u0000]*$";
export const VISIBLE_PATTERN = `^[^\\u0000]*${VISIBLE_CHARACTER.source}[^\\u0000]*$`;

/**
 * A string field. Rejects a missing value, another type, and characters that PostgreSQL cannot store as text: NUL and
 * lone surrogates.
 */
export function text(label: string) {
  return z
    .string({ error: ({ input }) => (input == null ? `${label} is required.` : `${label} must be text.`) })
    .refine((value) => !value.includes(NUL) && value.isWellFormed(), {
      error: `${label} contains invalid characters.`,
      abort: true,
    });
}

/** Converts a rule to a Zod refinement. */
export const matchesRule = (rule: Rule) => (value: string, context: z.RefinementCtx) => {
  const message = rule(value);
  if (message) context.addIssue({ code: "custom", message });
};
