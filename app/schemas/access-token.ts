import { z } from "zod";
import { ACCESS_TOKEN_DAYS_MAX, SCOPES } from "#app/rules/access-token-rules.ts";
import { NAME_MAX } from "#app/rules/limits.ts";
import { existingPassword, nameText, totpCode } from "./account.ts";
import { isoTime } from "./iso-time.ts";

/** A personal access token in API responses and on its page: never the token itself. */
export const accessTokenSchema = z.strictObject({
  id: z.uuid(),
  name: z.string().min(1).max(NAME_MAX),
  scope: z.enum(SCOPES),
  created_at: isoTime,
  expires_at: isoTime,
  last_used_at: isoTime.nullable().meta({ description: "At most five minutes behind; null before its use." }),
});
export type AccessToken = z.output<typeof accessTokenSchema>;

const days = z
  .int({ error: `Choose a whole number of days from 1 to ${ACCESS_TOKEN_DAYS_MAX}.` })
  .min(1, { error: "Choose at least 1 day." })
  .max(ACCESS_TOKEN_DAYS_MAX, { error: `Choose at most ${ACCESS_TOKEN_DAYS_MAX} days.` });

export const newAccessTokenSchema = z.strictObject({
  name: nameText,
  scope: z
    .enum(SCOPES, { error: `Choose ${SCOPES.join(" or ")}.` })
    .meta({ description: "`tasks:write` includes reading." }),
  expires_in_days: days,
  password: existingPassword("Password"),
  totp_code: totpCode.optional(),
});
export type NewAccessToken = z.output<typeof newAccessTokenSchema>;

/** As `newAccessTokenSchema`, for the fields of a form, which are text. */
export const accessTokenFormSchema = newAccessTokenSchema.extend({
  expires_in_days: z.preprocess(Number, days),
});

export const accessTokenParamsSchema = z.object({ id: z.guid().toLowerCase() });
