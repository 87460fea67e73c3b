import { OPERATIONS } from "#app/http/api/operations/all.server.ts";
import { type Operation, scopeOf } from "#app/http/api/operations/operation.server.ts";
import { type JsonSchema, jsonSchemas, type SchemaOf } from "./json-schemas.server.ts";
import { type DescribedHeader, SHARED_HEADERS } from "./response-headers.server.ts";
import { type Content, type DescribedResponse, responsesOf } from "./responses.server.ts";

/** A parameter, as OpenAPI describes it. */
export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  example?: string;
  schema: JsonSchema;
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
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, DescribedHeader>;
    securitySchemes: Record<string, object>;
  };
}

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The token of a sign-in." },
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "tock_…",
    description: "A personal access token, for tasks only. `tasks:write` includes `tasks:read`.",
  },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "tock",
    description:
      "The session cookie; `__Host-tock` with an https APP_URL or framed pages. Changes must come from the same origin.",
  },
};
const SESSION = [{ bearer: [] }, { cookie: [] }];

function securityOf(operation: Operation): DescribedOperation["security"] {
  if (operation.access === "public") return [];
  return operation.access === "tasks" ? [...SESSION, { accessToken: [scopeOf(operation)] }] : SESSION;
}

function parametersOf(operation: Operation, schemaOf: SchemaOf): Parameter[] {
  const { params, query, headers, headerExamples } = operation;
  const describe = (schema: JsonSchema, place: Parameter["in"]) =>
    Object.entries(schema.properties as Record<string, JsonSchema>).map(
      ([name, { description, ...property }]) => ({
        name,
        in: place,
        required: place === "path",
        ...(typeof description === "string" && { description }),
        schema: property,
        ...(place === "header" && headerExamples?.[name] && { example: headerExamples[name] }),
      }),
    );
  return [
    ...(params ? describe(schemaOf(params), "path") : []),
    ...(query ? describe(schemaOf(query), "query") : []),
    ...(headers ? describe(schemaOf(headers), "header") : []),
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

function describeOperation(operation: Operation, schemaOf: SchemaOf): DescribedOperation {
  const { id, tag, summary, description } = operation;
  const parameters = parametersOf(operation, schemaOf);
  const requestBody = requestBodyOf(operation, schemaOf);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(operation),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: responsesOf(operation, schemaOf),
  };
}

const schemasOf = ({ params, query, headers, body, documentedBody = body, responses }: Operation) =>
  [params, query, headers, documentedBody, ...Object.values(responses).map(({ schema }) => schema)].filter(
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
    components: { schemas: components, headers: SHARED_HEADERS, securitySchemes: SECURITY_SCHEMES },
  };
}

let document: OpenApiDocument | undefined;

/** The description of the JSON API in OpenAPI 3.1, generated from the schemas that validate its requests. */
export function openApiDocument(): OpenApiDocument {
  document ??= createDocument();
  return document;
}
