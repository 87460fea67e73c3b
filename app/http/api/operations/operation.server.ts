import type { z } from "zod";
import type { ErrorCode } from "#app/errors.ts";
import type { InputSchemas } from "#app/http/api/input-schemas.ts";
import type { Scope } from "#app/rules/access-token-rules.ts";

/** A documented response. `schema` describes its JSON body; without one it has no body. */
interface DocumentedResponse {
  description: string;
  schema?: z.ZodType;
  /** Headers that every response has, with their meaning. */
  headers?: Record<string, string>;
  /** Headers that only some responses have. */
  optionalHeaders?: Record<string, string>;
  example?: unknown;
}

/**
 * One operation of the JSON API. Its schemas validate the requests, and the API description is generated from it, so the
 * two cannot disagree.
 */
export interface Operation extends InputSchemas {
  /** Unique name, for generated clients. */
  id: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with parameters in braces, such as `/api/tasks/{id}`. */
  path: string;
  tag: "Tasks" | "Account" | "Sessions" | "Access tokens" | "Service";
  summary: string;
  description?: string;
  /** `tasks` needs a session or a personal access token, and counts against the task rate limit. */
  access: "public" | "session" | "tasks";
  /** Describes the body where `body` is not a plain object schema. */
  documentedBody?: z.ZodType;
  /** Values of request headers by name. Each is sent in a test. */
  headerExamples?: Record<string, string>;
  /** Request bodies by name. Each is sent in a test. */
  bodyExamples?: Record<string, unknown>;
  responses: Record<number, DocumentedResponse>;
  /** Error codes beyond those that follow from method, access and input. */
  errors?: ErrorCode[];
}

/** The scope that a personal access token needs for an operation on tasks. */
export const scopeOf = ({ method }: Operation): Scope => (method === "GET" ? "tasks:read" : "tasks:write");
