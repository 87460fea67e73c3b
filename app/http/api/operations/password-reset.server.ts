import { passwordResetRequestSchema, passwordResetSchema } from "#app/schemas/password-reset.ts";
import { USER } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

export const passwordResetOperations = {
  requestPasswordReset: {
    id: "requestPasswordReset",
    method: "POST",
    path: "/api/auth/password-reset",
    tag: "Account",
    summary: "Have a link for a forgotten password sent",
    description:
      "The response is the same whether or not the address has an account. A Tock that sends no email answers 400.",
    access: "public",
    body: passwordResetRequestSchema,
    bodyExamples: { address: { email: USER.email } },
    responses: { 202: { description: "If the address has an account, a link is on its way to it." } },
    errors: ["RATE_LIMITED"],
  },
  confirmPasswordReset: {
    id: "confirmPasswordReset",
    method: "POST",
    path: "/api/auth/password-reset/confirm",
    tag: "Account",
    summary: "Set a new password with the token of a link",
    description: "Uses the token up, and ends all sessions of the account. Two-step sign-in stays on.",
    access: "public",
    body: passwordResetSchema,
    bodyExamples: {
      "new password": {
        token: "pF3k0C1yJZQ7mB2n6vXr8sT4uW9aE5dGhLiKoPqRjMc",
        password: "a lighthouse by the sea",
      },
    },
    responses: { 204: { description: "The password is changed." } },
    errors: ["RATE_LIMITED"],
  },
} satisfies Record<string, Operation>;
