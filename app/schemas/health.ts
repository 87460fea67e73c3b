import { z } from "zod";
import { isoTime } from "./iso-time.ts";

export const healthySchema = z.strictObject({
  status: z.literal("ok"),
  database: z.literal("connected"),
  timestamp: isoTime,
});

export const unhealthySchema = z.strictObject({
  status: z.literal("error"),
  database: z.literal("disconnected"),
  timestamp: isoTime,
});

export const livenessSchema = z.strictObject({ status: z.literal("ok") });
export const unreadySchema = z.strictObject({ status: z.literal("error") });
