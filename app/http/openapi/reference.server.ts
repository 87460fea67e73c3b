import type { ApiReference, ReferenceField, ReferenceOperation } from "#app/page-data/api-reference.ts";
import { type DescribedOperation, type OpenApiDocument, openApiDocument } from "./document.server.ts";
import { describeType } from "./field-type.server.ts";
import type { JsonSchema } from "./json-schemas.server.ts";

const indented = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, null, 2));

/** Returns the schemas of the objects that a body may be. */
function bodySchemas({ requestBody }: DescribedOperation, { components }: OpenApiDocument): JsonSchema[] {
  const schema = requestBody?.content["application/json"].schema;
  if (!schema) return [];
  const alternatives = (schema.anyOf as JsonSchema[] | undefined) ?? [schema];
  return alternatives.map(({ $ref, ...own }) =>
    typeof $ref === "string" ? (components.schemas[$ref.split("/").at(-1) ?? ""] ?? {}) : own,
  );
}

function bodyFields(schema: JsonSchema): ReferenceField[] {
  const required = (schema.required as string[] | undefined) ?? [];
  return Object.entries(schema.properties as Record<string, JsonSchema>).map(([name, property]) => ({
    name,
    place: "body",
    required: required.includes(name),
    type: describeType(property),
    description: typeof property.description === "string" ? property.description : "",
  }));
}

function fieldsOf(operation: DescribedOperation, document: OpenApiDocument): ReferenceField[] {
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required, schema, description = "" }) =>
      ({ name, place, required, type: describeType(schema), description }) satisfies ReferenceField,
  );
  return [...parameters, ...bodySchemas(operation, document).flatMap(bodyFields)];
}

const AUTHORIZATION = ` \\\n  -H "Authorization: Bearer $TOKEN"`;
const JSON_BODY = " \\\n  -H 'Content-Type: application/json' -d ";

/** The headers of the example, for a second command. */
const headerOptions = ({ parameters = [] }: DescribedOperation): string =>
  parameters
    .flatMap(({ name, example }) => (example === undefined ? [] : [` \\\n  -H '${name}: ${example}'`]))
    .join("");

function commandsOf(method: string, path: string, operation: DescribedOperation): string[] {
  const examples = Object.values(operation.requestBody?.content["application/json"].examples ?? {});
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const target = path.replace("{id}", "$ID");
  const start = `curl${verb} $TOCK${target}${operation.security.length > 0 ? AUTHORIZATION : ""}`;
  const starts = [...new Set([start, start + headerOptions(operation)])];
  const [first] = examples;
  if (!first) return starts;
  // No example contains a quotation mark of the shell.
  const withBody = (command: string, { value }: typeof first) =>
    `${command}${JSON_BODY}'${JSON.stringify(value)}'`;
  return [
    ...examples.map((example) => withBody(start, example)),
    ...starts.slice(1).map((command) => withBody(command, first)),
  ];
}

function referenceOf(path: string, method: string, operation: DescribedOperation): ReferenceOperation {
  const document = openApiDocument();
  const { operationId, summary, description = "", security, responses } = operation;
  return {
    id: operationId,
    method,
    path,
    summary,
    description,
    needsSession: security.length > 0,
    fields: fieldsOf(operation, document),
    commands: commandsOf(method, path, operation),
    responses: Object.entries(responses).map(([status, response]) => ({
      status,
      description: response.description,
      example: indented(response.content?.["application/json"].example),
    })),
  };
}

/** The API description in the form of the reference page. */
export function apiReference(): ApiReference {
  const { paths, tags } = openApiDocument();
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags[0],
      reference: referenceOf(path, method.toUpperCase(), operation),
    })),
  );
  return tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ tag }) => tag === name).map(({ reference }) => reference),
  }));
}
