import type { JsonSchema } from "./json-schemas.server.ts";

const TYPE_NAMES: Record<string, string> = {
  string: "text",
  integer: "whole number",
  boolean: "true or false",
  null: "null",
};

/** Describes a range: "1 to 200", "at least 8", "at most 254". */
function describeRange(min: unknown, max: unknown): string {
  const isBounded = typeof max === "number" && max < 1e12;
  if (typeof min === "number" && isBounded) return `${min} to ${max}`;
  if (isBounded) return `at most ${max}`;
  return typeof min === "number" ? `at least ${min}` : "";
}

/** Describes the type of a field in words, such as "text, 1 to 200 characters, or null". */
export function describeType(schema: JsonSchema): string {
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map(describeType).join(", or ");
  const name = TYPE_NAMES[String(schema.type)] ?? String(schema.type);
  const characters = describeRange(schema.minLength, schema.maxLength);
  const range = describeRange(schema.minimum, schema.maximum);
  const fallback = schema.default === undefined ? "" : `${schema.default} by default`;
  const isUuid = schema.format === "uuid" ? "a UUID" : "";
  return [name, isUuid, characters && `${characters} characters`, range, fallback].filter(Boolean).join(", ");
}
