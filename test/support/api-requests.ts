import fc, { type Arbitrary } from "fast-check";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import type { OpenApiDocument } from "#app/http/openapi/document.server.ts";
import type { JsonSchema } from "#app/http/openapi/json-schemas.server.ts";
import { validatorOf } from "./api-contract.ts";

/** Stands for an id of the user's own, or for a body with which the user's request succeeds. */
export const OWN = "own";

export interface GeneratedRequest {
  /** With its question mark; "" without parameters. */
  query: string;
  headers: Record<string, string>;
  /** A value, or OWN. */
  body: unknown;
  /** An id, or OWN. */
  id: string;
  as: "user" | "visitor";
}

const described = ({ path, method }: Operation, document: OpenApiDocument) =>
  document.paths[path]?.[method.toLowerCase()];

function resolve(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

/** The schemas of a body: one, or several alternatives. */
function bodySchemas(operation: Operation, document: OpenApiDocument): JsonSchema[] {
  const schema = described(operation, document)?.requestBody?.content["application/json"].schema;
  if (!schema) return [];
  const alternatives = (schema.anyOf as JsonSchema[] | undefined) ?? [schema];
  return alternatives.map((alternative) => resolve(alternative, document));
}

const anyText = fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), fc.string({ unit: "binary" }));
const anyJson = fc.jsonValue({ maxDepth: 2 });

/** Values near what a schema allows: mostly of its type, sometimes anything. */
function near(schema: JsonSchema): Arbitrary<unknown> {
  const alternatives = (schema.anyOf as JsonSchema[] | undefined)?.map(near);
  if (alternatives) return fc.oneof(...alternatives);
  const { type, minimum = 0, maximum = 1000 } = schema as { type?: string } & Record<string, number>;
  const byType: Record<string, Arbitrary<unknown>> = {
    string: fc.oneof(anyText, fc.emailAddress(), fc.constant("a".repeat(5000))),
    integer: fc.oneof(fc.integer({ min: minimum, max: Math.min(maximum, 1000) }), fc.integer(), fc.double()),
    boolean: fc.boolean(),
    null: fc.constant(null),
  };
  const typed = byType[type ?? ""] ?? anyJson;
  return fc.oneof({ weight: 4, arbitrary: typed }, { weight: 1, arbitrary: anyJson });
}

function objectNear(schema: JsonSchema): Arbitrary<unknown> {
  const properties = schema.properties as Record<string, JsonSchema>;
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, near(field)]));
  return fc.oneof(
    { weight: 3, arbitrary: fc.record(fields) },
    { weight: 2, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: anyJson },
  );
}

/** Header values: the example, parts of it, and any text that HTTP allows. */
const headerNear = (example: string): Arbitrary<string> =>
  fc.oneof(
    fc.constant(example),
    fc
      .array(fc.constantFrom(example, ",", " ", '"', "W/", "*", "1", "\\"), { maxLength: 6 })
      .map((parts) => parts.join("")),
    fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,300}$/),
  );

/** Requests to an operation: parameters and bodies that its description allows, almost allows, or forbids. */
export function requestArbitrary(
  operation: Operation,
  document: OpenApiDocument,
): Arbitrary<GeneratedRequest> {
  const parameters = described(operation, document)?.parameters ?? [];
  const inQuery = parameters.filter(({ in: place }) => place === "query");
  const values = Object.fromEntries(inQuery.map(({ name, schema }) => [name, near(schema)]));
  const query = fc.record(values, { requiredKeys: [] }).map((fields) => {
    const entries = Object.entries(fields).map(([name, value]) => [name, String(value).toWellFormed()]);
    return entries.length > 0 ? `?${new URLSearchParams(entries as [string, string][])}` : "";
  });
  const bodies = bodySchemas(operation, document).map(objectNear);
  const inHeaders = parameters.filter(({ in: place }) => place === "header");
  const headers = Object.fromEntries(inHeaders.map(({ name, example = "" }) => [name, headerNear(example)]));
  return fc.record({
    query,
    headers: fc.record(headers, { requiredKeys: [] }) as Arbitrary<Record<string, string>>,
    body:
      bodies.length > 0
        ? fc.oneof({ weight: 1, arbitrary: fc.constant(OWN) }, { weight: 4, arbitrary: fc.oneof(...bodies) })
        : fc.constant(undefined),
    id: fc.oneof(
      { weight: 3, arbitrary: fc.constant(OWN) },
      { weight: 1, arbitrary: fc.constant("1") },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: fc.nat().map(String) },
      { weight: 1, arbitrary: fc.stringMatching(/^[\w~-]{1,40}$/) },
    ),
    as: fc.constantFrom("user", "user", "visitor"),
  });
}

const WRONG_TYPES: unknown[] = [null, 1, true, "", [], {}, "\u0000", "a".repeat(5000)];

/** Bodies that the description forbids: an example with one field missing, of a wrong type, or too many. */
export function invalidBodies(operation: Operation, document: OpenApiDocument): unknown[] {
  const schema = described(operation, document)?.requestBody?.content["application/json"].schema;
  if (!schema) return [];
  const validate = validatorOf(schema);
  const examples = Object.values(operation.bodyExamples ?? {}) as Record<string, unknown>[];
  const changed = examples.flatMap((example) => [
    { ...example, unknown_field: 1 },
    ...Object.keys(example).flatMap((name) => [
      Object.fromEntries(Object.entries(example).filter(([other]) => other !== name)),
      ...WRONG_TYPES.map((value) => ({ ...example, [name]: value })),
    ]),
  ]);
  return [[], 1, "text", null, ...changed].filter((body) => !validate(body));
}
