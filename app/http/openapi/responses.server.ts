import type { ErrorCode } from "#app/errors.ts";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { ERROR_MEANINGS, errorCodesByStatus } from "./error-codes.server.ts";
import type { JsonSchema, SchemaOf } from "./json-schemas.server.ts";

interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
export type Content = Record<"application/json", MediaType>;
export interface DescribedResponse {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Content;
}

const HEADER_SCHEMA = { type: "string" };
const RETRY_CODES = new Set<ErrorCode>(["RATE_LIMITED", "OVERLOADED", "DB_ERROR", "IDEMPOTENCY_KEY_IN_USE"]);

function successesOf({ responses }: Operation, schemaOf: SchemaOf): [string, DescribedResponse][] {
  return Object.entries(responses).map(([status, { description, schema, headers, example }]) => {
    const described = Object.entries(headers ?? {}).map(([name, meaning]) => [
      name,
      { description: meaning, schema: HEADER_SCHEMA },
    ]);
    const media = schema && { schema: schemaOf(schema), ...(example !== undefined && { example }) };
    return [
      status,
      {
        description,
        ...(headers && { headers: Object.fromEntries(described) }),
        ...(media && { content: { "application/json": media } }),
      },
    ];
  });
}

function errorsOf(operation: Operation): [string, DescribedResponse][] {
  return [...errorCodesByStatus(operation)].map(([status, codes]) => {
    const description = codes.map((code) => `${code}: ${ERROR_MEANINGS[code]}.`).join(" ");
    const headers = {
      "Retry-After": { description: "Seconds until a retry may succeed.", schema: HEADER_SCHEMA },
    };
    const schema = { $ref: "#/components/schemas/Error" };
    return [
      String(status),
      {
        description,
        ...(codes.some((code) => RETRY_CODES.has(code)) && { headers }),
        content: { "application/json": { schema } },
      },
    ];
  });
}

/** Joins the responses of one status, such as those of a failed health check and an overloaded server. */
function mergeResponses(responses: [string, DescribedResponse][]): Record<string, DescribedResponse> {
  const merged: Record<string, DescribedResponse> = {};
  for (const [status, response] of responses) {
    const known = merged[status];
    merged[status] = known ? eitherResponse(known, response) : response;
  }
  return merged;
}

function eitherResponse(first: DescribedResponse, second: DescribedResponse): DescribedResponse {
  const media = [first, second].flatMap(({ content }) => content?.["application/json"] ?? []);
  return {
    description: `${first.description} ${second.description}`,
    headers: { ...first.headers, ...second.headers },
    content: { "application/json": { ...media[0], schema: { anyOf: media.map(({ schema }) => schema) } } },
  };
}

/** Describes the successes and the errors of an operation, by status. */
export const responsesOf = (operation: Operation, schemaOf: SchemaOf): Record<string, DescribedResponse> =>
  mergeResponses([...successesOf(operation, schemaOf), ...errorsOf(operation)]);
