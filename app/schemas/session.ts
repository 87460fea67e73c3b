import { z } from "zod";
import { isoTime } from "./iso-time.ts";

/** A session in API responses and on the settings page. Times are ISO 8601 UTC with milliseconds. */
export const sessionInfoSchema = z.strictObject({
  id: z.uuid(),
  device: z.string().meta({ description: 'From the User-Agent: "Firefox on Linux".' }),
  address: z.string().nullable().meta({ description: "IP address of the last use; null when unknown." }),
  created_at: isoTime,
  last_used_at: isoTime.meta({ description: "At most five minutes behind." }),
  expires_at: isoTime,
  current: z.boolean().meta({ description: "Whether it is the session of this request." }),
});
export type SessionInfo = z.output<typeof sessionInfoSchema>;

export const sessionParamsSchema = z.object({ id: z.guid().toLowerCase() });
