import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";
import type { ErrorCode } from "#app/errors.ts";
import { OPERATIONS } from "#app/http/api/operations/all.server.ts";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { openApiDocument } from "#app/http/openapi/document.server.ts";
import { type DescribedHeader, RETRY_CODES } from "#app/http/openapi/response-headers.server.ts";
import type { DescribedResponse } from "#app/http/openapi/responses.server.ts";
import { isApiPath } from "#app/http/responses/api-path.ts";

/** The parts of a response that the description covers. The TestResponse of users.ts is one. */
interface ReceivedResponse {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed JSON, or undefined. */
  body?: unknown;
}

const document = openApiDocument();
const ajv = new Ajv2020({ strict: true, allErrors: true, validateFormats: true });
formats.default(ajv);
// OpenAPI's own keywords around the schemas.
ajv.addVocabulary(["components", "paths", "openapi", "info", "servers", "tags", "security"]);
ajv.addSchema({ $id: "tock", components: document.components });

const validators = new Map<string, ValidateFunction>();

/** Compiles a schema of the API description. References lead into the description. */
export function validatorOf(schema: object): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"tock#/components/');
  const known = validators.get(text) ?? ajv.compile(JSON.parse(text));
  validators.set(text, known);
  return known;
}

const matches = (template: string, path: string): boolean => {
  const [expected, actual] = [template.split("/"), path.split("/")];
  return (
    expected.length === actual.length &&
    expected.every((part, index) => part === actual[index] || (part.startsWith("{") && actual[index] !== ""))
  );
};

/** Finds the operation of a request. */
function operationOf(method: string, path: string): Operation | undefined {
  const name = method === "HEAD" ? "GET" : method;
  const ofMethod = OPERATIONS.filter((operation) => operation.method === name);
  return (
    ofMethod.find((operation) => operation.path === path) ??
    ofMethod.find((operation) => matches(operation.path, path))
  );
}

/** Failures of requests that no operation describes: an unknown path or method, or a malformed request. */
const UNDOCUMENTED_STATUS = new Set([400, 403, 404, 405, 413, 429]);

/** The description of a header, which may be a reference. */
function describedHeader(header: DescribedResponse["headers"][string]): DescribedHeader | undefined {
  return "$ref" in header ? document.components.headers[header.$ref.split("/").at(-1) ?? ""] : header;
}

/** Expects the headers that every response of a status has, and that all described ones have their type. */
function expectHeaders(
  described: DescribedResponse,
  { headers, body }: ReceivedResponse,
  sent: string,
): void {
  for (const [name, header] of Object.entries(described.headers)) {
    const { required = true, schema = {} } = describedHeader(header) ?? {};
    const value = headers.get(name);
    if (required) expect(value, `${name} of ${sent}`).not.toBeNull();
    if (value === null) continue;
    const validate = validatorOf(schema);
    const parsed = schema.type === "integer" ? Number(value) : value;
    expect(validate(parsed) ? [] : validate.errors, `${name}: ${value} of ${sent}`).toEqual([]);
  }
  const code = (body as { error?: { code?: ErrorCode } } | undefined)?.error?.code;
  if (code && RETRY_CODES.has(code))
    expect(headers.get("Retry-After"), `Retry-After of ${sent}`).not.toBeNull();
}

/** Expects a response of the API to have a documented status, headers, error code, type and body. Ignores other paths. */
export function expectDocumented(method: string, url: string, response: ReceivedResponse): void {
  const { pathname } = new URL(url);
  const isRedirect = response.status === 301 || response.status === 308;
  if (!isApiPath(pathname) || pathname.startsWith("/metrics") || isRedirect) return;
  const operation = operationOf(method, pathname);
  const sent = `${method} ${pathname} → ${response.status} ${response.text.slice(0, 300)}`;
  if (!operation) {
    expect(UNDOCUMENTED_STATUS, sent).toContain(response.status);
    return;
  }
  const described = document.paths[operation.path]?.[operation.method.toLowerCase()]?.responses;
  const expected = described?.[String(response.status)];
  expect(expected, sent).toBeDefined();
  if (expected) expectHeaders(expected, response, sent);
  const { schema } = expected?.content?.["application/json"] ?? {};
  if (!schema || method === "HEAD") {
    expect(response.text, sent).toBe("");
    return;
  }
  expect(response.headers.get("Content-Type"), sent).toMatch(/^application\/json/);
  const validate = validatorOf(schema);
  expect(validate(response.body) ? [] : validate.errors, sent).toEqual([]);
  const code = (response.body as { error?: { code?: string } }).error?.code;
  if (code !== undefined) expect(expected?.description, sent).toContain(`${code}: `);
}
