import { z } from "zod";
import {
  accountChangesSchema,
  accountDeletionSchema,
  documentedAccountChanges,
  signInSchema,
  signUpSchema,
  userSchema,
} from "#app/schemas/account.ts";
import { accountExportSchema } from "#app/schemas/export.ts";
import { ACCESS_TOKEN, PASSWORD, SESSION, TASK, USER } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

const profileSchema = z.strictObject({ user: userSchema });
const changedProfileSchema = profileSchema.extend({
  pending_email: userSchema.shape.email.optional().meta({
    description: "The new email, which takes effect when the link that was sent to it is opened.",
  }),
});
const signedInSchema = z.strictObject({
  user: userSchema,
  token: z.string().meta({ description: "JWT for the Authorization header, valid for seven days." }),
});
const SIGNED_IN_EXAMPLE = { user: USER, token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…" };
const COOKIE = {
  "Set-Cookie": "The session cookie, and a cookie by which the next sign-in recognizes the device.",
};

export const accountOperations = {
  signUp: {
    id: "signUp",
    method: "POST",
    path: "/api/auth/signup",
    tag: "Account",
    summary: "Create an account and sign in",
    access: "public",
    body: signUpSchema,
    bodyExamples: { "new account": { email: USER.email, name: USER.name, password: PASSWORD } },
    responses: {
      201: {
        description: "The account, and a token.",
        schema: signedInSchema,
        headers: COOKIE,
        example: SIGNED_IN_EXAMPLE,
      },
    },
    errors: ["EMAIL_EXISTS", "RATE_LIMITED"],
  },
  signIn: {
    id: "signIn",
    method: "POST",
    path: "/api/auth/signin",
    tag: "Account",
    summary: "Sign in",
    description:
      "An account with two-step sign-in gets 401 TOTP_REQUIRED after the right password; send `totp_code` too.",
    access: "public",
    body: signInSchema,
    bodyExamples: {
      credentials: { email: USER.email, password: PASSWORD },
      "with a code": { email: USER.email, password: PASSWORD, totp_code: "492039" },
    },
    responses: {
      200: {
        description: "The account, and a token.",
        schema: signedInSchema,
        headers: COOKIE,
        example: SIGNED_IN_EXAMPLE,
      },
    },
    errors: ["INVALID_CREDENTIALS", "TOTP_REQUIRED", "RATE_LIMITED"],
  },
  signOut: {
    id: "signOut",
    method: "POST",
    path: "/api/auth/signout",
    tag: "Account",
    summary: "Sign out",
    description: "The token is rejected everywhere from now on.",
    access: "session",
    responses: { 204: { description: "The session has ended." } },
  },
  getProfile: {
    id: "getProfile",
    method: "GET",
    path: "/api/auth/profile",
    tag: "Account",
    summary: "Read your profile",
    access: "session",
    responses: { 200: { description: "Your profile.", schema: profileSchema, example: { user: USER } } },
  },
  changeProfile: {
    id: "changeProfile",
    method: "PUT",
    path: "/api/auth/profile",
    tag: "Account",
    summary: "Change name, email or password",
    description:
      "A new password ends all other sessions. A new email needs `current_password`, unless the session began less than 15 minutes ago. A Tock that sends email answers with `pending_email`, and `user` keeps the old one until the link that was sent to the new address is opened.",
    access: "session",
    body: accountChangesSchema,
    documentedBody: documentedAccountChanges,
    bodyExamples: {
      name: { name: "Ada L." },
      email: { email: "ada.lovelace@example.org", current_password: PASSWORD },
      password: { current_password: PASSWORD, password: "a lighthouse by the sea" },
    },
    responses: {
      200: {
        description: "The changed profile.",
        schema: changedProfileSchema,
        example: { user: USER, pending_email: "ada.lovelace@example.org" },
      },
    },
    errors: ["EMAIL_EXISTS", "INVALID_CREDENTIALS"],
  },
  exportAccount: {
    id: "exportAccount",
    method: "GET",
    path: "/api/auth/export",
    tag: "Account",
    summary: "Export all data of your account",
    description:
      "The manifest's checksum is the SHA-256 of the canonical JSON (RFC 8785) without `manifest`.",
    access: "session",
    responses: {
      200: {
        description: "A JSON file.",
        schema: accountExportSchema,
        headers: { "Content-Disposition": "The name of the file." },
        example: {
          access_tokens: [ACCESS_TOKEN],
          deleted_tasks: [],
          sessions: [{ ...SESSION, user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)" }],
          tasks: [TASK],
          user: USER,
          manifest: {
            format: "tock-export",
            version: 1,
            exported_at: "2026-11-20T09:00:00.000Z",
            counts: { tasks: 1, sessions: 1, deleted_tasks: 0, access_tokens: 1 },
            checksum: `sha256:${"5a".repeat(32)}`,
          },
        },
      },
    },
  },
  removeAccount: {
    id: "deleteAccount",
    method: "DELETE",
    path: "/api/auth/account",
    tag: "Account",
    summary: "Delete your account and everything in it",
    access: "session",
    body: accountDeletionSchema,
    bodyExamples: { confirmation: { password: PASSWORD } },
    responses: { 204: { description: "The account and its data are deleted." } },
    errors: ["INVALID_CREDENTIALS"],
  },
} satisfies Record<string, Operation>;
