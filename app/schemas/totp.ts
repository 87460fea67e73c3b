import { z } from "zod";
import { existingPassword, totpCode } from "./account.ts";

const password = existingPassword("Password");

export const totpPasswordSchema = z.strictObject({ password });
export const totpCodeSchema = z.strictObject({ totp_code: totpCode });
export const totpConfirmationSchema = z.strictObject({ password, totp_code: totpCode });

export type TotpPassword = z.output<typeof totpPasswordSchema>;
export type TotpCode = z.output<typeof totpCodeSchema>;
export type TotpConfirmation = z.output<typeof totpConfirmationSchema>;
