import { z } from "zod";
import {
  accessTokenParamsSchema,
  accessTokenSchema,
  newAccessTokenSchema,
} from "#app/schemas/access-token.ts";
import { ACCESS_TOKEN, PASSWORD } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

const createdSchema = accessTokenSchema.extend({
  token: z.string().meta({ description: "For the Authorization header. It cannot be read again." }),
});

export const accessTokenOperations = {
  list: {
    id: "listAccessTokens",
    method: "GET",
    path: "/api/auth/tokens",
    tag: "Access tokens",
    summary: "List your personal access tokens",
    description: "Newest first. An expired token is listed for 30 days.",
    access: "session",
    responses: {
      200: {
        description: "Your tokens.",
        schema: z.strictObject({ tokens: z.array(accessTokenSchema) }),
        example: { tokens: [ACCESS_TOKEN] },
      },
    },
  },
  create: {
    id: "createAccessToken",
    method: "POST",
    path: "/api/auth/tokens",
    tag: "Access tokens",
    summary: "Create a personal access token",
    description:
      "It gives access to tasks only, until it expires or is revoked, also after a sign-out or a new password. An account with two-step sign-in needs `totp_code` too. An account can have 50 tokens.",
    access: "session",
    body: newAccessTokenSchema,
    bodyExamples: {
      "read tasks": { name: "Calendar", scope: "tasks:read", expires_in_days: 90, password: PASSWORD },
    },
    responses: {
      201: {
        description: "The token.",
        schema: createdSchema,
        example: {
          ...ACCESS_TOKEN,
          last_used_at: null,
          token: "tock_…",
        },
      },
    },
    errors: ["INVALID_CREDENTIALS", "TOTP_REQUIRED", "QUOTA_EXCEEDED"],
  },
  remove: {
    id: "revokeAccessToken",
    method: "DELETE",
    path: "/api/auth/tokens/{id}",
    tag: "Access tokens",
    summary: "Revoke a personal access token",
    access: "session",
    params: accessTokenParamsSchema,
    responses: { 204: { description: "The token is rejected from now on." } },
  },
} satisfies Record<string, Operation>;
