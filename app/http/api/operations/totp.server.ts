import { z } from "zod";
import { totpCodeSchema, totpConfirmationSchema, totpPasswordSchema } from "#app/schemas/totp.ts";
import { PASSWORD } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

const SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const CODE = "492039";

const stateSchema = z.strictObject({
  status: z.enum(["off", "pending", "on"]),
  recovery_codes_left: z.int().min(0).meta({ description: "0 unless it is on." }),
});
const setupSchema = z.strictObject({
  secret: z.string().meta({ description: "The key for the authenticator app, in Base32." }),
  uri: z.string().meta({ description: "The same key as an `otpauth:` URI, for a QR code." }),
});
const codesSchema = z.strictObject({
  recovery_codes: z.array(z.string()).meta({ description: "Each signs in once. They cannot be read again." }),
});
const CODES = { recovery_codes: ["abcdef-ghijkl-mnopqr-stuvwx"] };

export const totpOperations = {
  getTotp: {
    id: "getTotp",
    method: "GET",
    path: "/api/auth/totp",
    tag: "Account",
    summary: "Read whether two-step sign-in is on",
    access: "session",
    responses: {
      200: {
        description: "The state.",
        schema: stateSchema,
        example: { status: "on", recovery_codes_left: 9 },
      },
    },
  },
  startTotp: {
    id: "startTotp",
    method: "POST",
    path: "/api/auth/totp",
    tag: "Account",
    summary: "Begin to set up two-step sign-in",
    description: "Nothing changes until a code confirms it, within 15 minutes.",
    access: "session",
    body: totpPasswordSchema,
    bodyExamples: { confirmation: { password: PASSWORD } },
    responses: {
      201: {
        description: "The key for the authenticator app.",
        schema: setupSchema,
        example: {
          secret: SECRET,
          uri: `otpauth://totp/Tock:ada%40example.org?secret=${SECRET}&issuer=Tock`,
        },
      },
    },
    errors: ["INVALID_CREDENTIALS"],
  },
  confirmTotp: {
    id: "confirmTotp",
    method: "POST",
    path: "/api/auth/totp/confirm",
    tag: "Account",
    summary: "Turn two-step sign-in on",
    access: "session",
    body: totpCodeSchema,
    bodyExamples: { code: { totp_code: CODE } },
    responses: { 200: { description: "The recovery codes.", schema: codesSchema, example: CODES } },
    errors: ["INVALID_CREDENTIALS"],
  },
  renewRecoveryCodes: {
    id: "renewRecoveryCodes",
    method: "POST",
    path: "/api/auth/totp/recovery-codes",
    tag: "Account",
    summary: "Replace the recovery codes",
    access: "session",
    body: totpConfirmationSchema,
    bodyExamples: { confirmation: { password: PASSWORD, totp_code: CODE } },
    responses: { 200: { description: "The new recovery codes.", schema: codesSchema, example: CODES } },
    errors: ["INVALID_CREDENTIALS"],
  },
  removeTotp: {
    id: "removeTotp",
    method: "DELETE",
    path: "/api/auth/totp",
    tag: "Account",
    summary: "Turn two-step sign-in off",
    access: "session",
    body: totpConfirmationSchema,
    bodyExamples: { confirmation: { password: PASSWORD, totp_code: CODE } },
    responses: { 204: { description: "It is off, and its codes are deleted." } },
    errors: ["INVALID_CREDENTIALS"],
  },
} satisfies Record<string, Operation>;
