import { z } from "zod";
import { accessTokenSchema } from "./access-token.ts";
import { userSchema } from "./account.ts";
import { isoTime } from "./iso-time.ts";
import { sessionInfoSchema } from "./session.ts";
import { taskSchema } from "./task.ts";

/** The file of `GET /api/auth/export`. */
export const accountExportSchema = z.strictObject({
  access_tokens: z.array(accessTokenSchema),
  deleted_tasks: z.array(taskSchema),
  sessions: z.array(sessionInfoSchema.omit({ current: true }).extend({ user_agent: z.string().nullable() })),
  tasks: z.array(taskSchema),
  user: userSchema,
  manifest: z.strictObject({
    format: z.literal("tock-export"),
    version: z.literal(1),
    exported_at: isoTime,
    counts: z.strictObject({
      tasks: z.int().min(0),
      sessions: z.int().min(0),
      deleted_tasks: z.int().min(0),
      access_tokens: z.int().min(0),
    }),
    checksum: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  }),
});
