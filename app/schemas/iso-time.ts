import { z } from "zod";

/** A time in responses: ISO 8601, UTC, with milliseconds. */
export const isoTime = z
  .string()
  .meta({ format: "date-time", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" });
