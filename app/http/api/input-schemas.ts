import type { z } from "zod";

/** The schemas of an endpoint's input. */
export interface InputSchemas {
  /** Schema of the path parameters; a mismatch is NOT_FOUND. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Schema of optional request headers. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** Whether a missing body counts as an empty object. */
  bodyOptional?: boolean;
}
