import { z } from "zod";

/** A session in API responses and on the settings page. Times are ISO 8601 UTC with milliseconds. */
export interface SessionInfo {
  id: string;
  /** From the User-Agent: "Firefox on Linux". */
  device: string;
  /** IP address of the last use; null when unknown. */
  address: string | null;
  created_at: string;
  /** At most five minutes behind. */
  last_used_at: string;
  expires_at: string;
  /** Whether it is the session of this request. */
  current: boolean;
}

export const sessionParamsSchema = z.object({ id: z.guid().toLowerCase() });
