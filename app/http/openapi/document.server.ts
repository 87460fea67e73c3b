import type { ErrorCode } from "#app/errors.ts";
import { OPERATIONS } from "#app/http/api/operations/all.server.ts";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { ERROR_MEANINGS, errorCodesByStatus } from "./error-codes.server.ts";
import { type JsonSchema, jsonSchemas } from "./json-schemas.server.ts";

/** A parameter, as OpenAPI describes it. */
export interface Parameter {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}
interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
type Content = Record<"application/json", MediaType>;
export interface DescribedResponse {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Content;
}
export interface DescribedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, DescribedResponse>;
}
export interface OpenApiDocument {
  openapi: string;
  info: object;
  servers: object[];
  tags: { name: string }[];
  paths: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, object> };
}

type SchemaOf = ReturnType<typeof jsonSchemas>["schemaOf"];

const HEADER_SCHEMA = { type: "string" };
const RETRY_CODES = new Set<ErrorCode>(["RATE_LIMITED", "DB_ERROR"]);

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The token of a sign-in." },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "tock",
    description: "The session cookie; `__Host-tock` with https. Changes must come from the same origin.",
  },
};
const AUTHENTICATED = [{ bearer: [] }, { cookie: [] }];

function parametersOf({ params, query }: Operation, schemaOf: SchemaOf): Parameter[] {
  const describe = (schema: JsonSchema, place: Parameter["in"]) =>
    Object.entries(schema.properties as Record<string, JsonSchema>).map(
      ([name, { description, ...property }]) => ({
        name,
        in: place,
        required: place === "path",
        ...(typeof description === "string" && { description }),
        schema: property,
      }),
    );
  return [
    ...(params ? describe(schemaOf(params), "path") : []),
    ...(query ? describe(schemaOf(query), "query") : []),
  ];
}

function requestBodyOf(operation: Operation, schemaOf: SchemaOf): DescribedOperation["requestBody"] {
  const { body, documentedBody = body, bodyOptional = false, bodyExamples = {} } = operation;
  if (!documentedBody) return undefined;
  const examples = Object.entries(bodyExamples).map(([name, value]) => [name, { value }]);
  return {
    required: !bodyOptional,
    content: {
      "application/json": { schema: schemaOf(documentedBody), examples: Object.fromEntries(examples) },
    },
  };
}

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

function describeOperation(operation: Operation, schemaOf: SchemaOf): DescribedOperation {
  const { id, tag, summary, description, access } = operation;
  const parameters = parametersOf(operation, schemaOf);
  const requestBody = requestBodyOf(operation, schemaOf);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: access === "public" ? [] : AUTHENTICATED,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: Object.fromEntries([...successesOf(operation, schemaOf), ...errorsOf(operation)]),
  };
}

const schemasOf = ({ params, query, body, documentedBody = body, responses }: Operation) =>
  [params, query, documentedBody, ...Object.values(responses).map(({ schema }) => schema)].filter(
    (schema) => schema !== undefined,
  );

function createDocument(): OpenApiDocument {
  const { components, schemaOf } = jsonSchemas(OPERATIONS.flatMap(schemasOf));
  const paths: OpenApiDocument["paths"] = {};
  for (const operation of OPERATIONS) {
    const described = describeOperation(operation, schemaOf);
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: described };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Tock",
      version: "1",
      description: "The tasks and the account of a Tock user.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { schemas: components, securitySchemes: SECURITY_SCHEMES },
  };
}

let document: OpenApiDocument | undefined;

/** The description of the JSON API in OpenAPI 3.1, generated from the schemas that validate its requests. */
export function openApiDocument(): OpenApiDocument {
  document ??= createDocument();
  return document;
}
