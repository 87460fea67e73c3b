import { z } from "zod";

/** What the JSON API and the settings show of a session. Times are ISO 8601 UTC with milliseconds. */
export interface SessionInfo {
  id: string;
  /** In words, as far as the client tells: "Firefox on Linux". */
  device: string;
  /** Where it was last used from; null when that is not known. */
  address: string | null;
  created_at: string;
  /** To within five minutes. */
  last_used_at: string;
  expires_at: string;
  /** Whether it is the one that asks. */
  current: boolean;
}

export const sessionParamsSchema = z.object({ id: z.guid().toLowerCase() });
