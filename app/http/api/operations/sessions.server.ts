import { z } from "zod";
import { sessionInfoSchema, sessionParamsSchema } from "#app/schemas/session.ts";
import { SESSION } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

export const sessionOperations = {
  list: {
    id: "listSessions",
    method: "GET",
    path: "/api/auth/sessions",
    tag: "Sessions",
    summary: "List your sessions",
    description: "The current session comes first, then the most recently used.",
    access: "session",
    responses: {
      200: {
        description: "Your sessions.",
        schema: z.strictObject({ sessions: z.array(sessionInfoSchema) }),
        example: { sessions: [{ ...SESSION, current: true }] },
      },
    },
  },
  removeOthers: {
    id: "endOtherSessions",
    method: "DELETE",
    path: "/api/auth/sessions",
    tag: "Sessions",
    summary: "End all other sessions",
    access: "session",
    responses: { 204: { description: "All other sessions have ended." } },
  },
  remove: {
    id: "endSession",
    method: "DELETE",
    path: "/api/auth/sessions/{id}",
    tag: "Sessions",
    summary: "End a session",
    description: "Ending the current session is a sign-out.",
    access: "session",
    params: sessionParamsSchema,
    responses: { 204: { description: "The session has ended." } },
  },
} satisfies Record<string, Operation>;
