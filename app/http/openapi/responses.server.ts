import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { CONNECTION_ERRORS, ERROR_MEANINGS, errorCodesByStatus } from "./error-codes.server.ts";
import type { JsonSchema, SchemaOf } from "./json-schemas.server.ts";
import {
  describeErrorHeaders,
  describeSuccessHeaders,
  eitherHeaders,
  type ResponseHeaders,
} from "./response-headers.server.ts";

interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
export type Content = Record<"application/json", MediaType>;
export interface DescribedResponse {
  description: string;
  headers: ResponseHeaders;
  content?: Content;
}

function successesOf({ responses }: Operation, schemaOf: SchemaOf): [string, DescribedResponse][] {
  return Object.entries(responses).map(([status, response]) => {
    const { description, schema, headers, optionalHeaders, example } = response;
    const media = schema && { schema: schemaOf(schema), ...(example !== undefined && { example }) };
    return [
      status,
      {
        description,
        headers: describeSuccessHeaders(headers, optionalHeaders),
        ...(media && { content: { "application/json": media } }),
      },
    ];
  });
}

function errorsOf(operation: Operation): [string, DescribedResponse][] {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  const byStatus = [...errorCodesByStatus(operation)].map(([status, codes]): [string, DescribedResponse] => {
    const description = codes.map((code) => `${code}: ${ERROR_MEANINGS[code]}.`).join(" ");
    return [String(status), { description, headers: describeErrorHeaders(codes), content }];
  });
  const ofConnection = CONNECTION_ERRORS.map(([status, meaning]): [string, DescribedResponse] => [
    String(status),
    { description: `BAD_REQUEST: ${meaning}.`, headers: describeErrorHeaders(["BAD_REQUEST"]), content },
  ]);
  return [...byStatus, ...ofConnection];
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
    headers: eitherHeaders(first.headers, second.headers),
    content: { "application/json": { ...media[0], schema: { anyOf: media.map(({ schema }) => schema) } } },
  };
}

/** Describes the successes and the errors of an operation, by status. */
export const responsesOf = (operation: Operation, schemaOf: SchemaOf): Record<string, DescribedResponse> =>
  mergeResponses([...successesOf(operation, schemaOf), ...errorsOf(operation)]);
