import type { TaskText } from "#app/services/tasks.server.ts";
import { jsonText } from "./json-response.server.ts";

const entityTag = (version: number): string => `"${version}"`;

/** Returns one task with its version as a strong entity tag. */
export const taskResponse = (
  { json, version }: TaskText,
  status = 200,
  headers: Record<string, string> = {},
): Response => jsonText(json, status, { ETag: entityTag(version), ...headers });

/** Returns 304 for a client that has this version of a task. */
export const notModified = ({ version }: TaskText): Response =>
  new Response(null, { status: 304, headers: { ETag: entityTag(version) } });
