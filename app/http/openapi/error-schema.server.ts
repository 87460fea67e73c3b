import { z } from "zod";
import { ERROR_CODES } from "#app/errors.ts";

/** The body of every failure. */
export const errorSchema = z.strictObject({
  success: z.literal(false),
  error: z.strictObject({
    code: z.enum(ERROR_CODES),
    message: z.string().min(1).meta({ description: "For people; it may change." }),
    details: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .meta({ description: "Field names with their messages." }),
  }),
});
