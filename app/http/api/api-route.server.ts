import type { z } from "zod";
import { requireApiCaller, requireSession } from "#app/http/auth/guards.server.ts";
import { parseHeaders, parseInput, parseParams, parseQuery, readJsonObject } from "#app/http/input.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";
import { jsonError, toAppError } from "#app/http/responses/error-response.server.ts";
import { MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import { assertActive, assertScope, type RequestCaller } from "#app/services/callers.server.ts";
import type { AuthenticatedSession } from "#app/services/sessions.server.ts";
import { type Operation, scopeOf } from "./operations/operation.server.ts";

/** The argument of a resource route's loader and action. */
export interface ResourceRouteArgs {
  request: Request;
  params: Record<string, string | undefined>;
  context: RequestContext;
}
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Endpoint = (args: ResourceRouteArgs) => Promise<Response>;

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** The parsed input of an endpoint. Parts without a schema are undefined. */
interface EndpointInput<I extends Operation> {
  request: Request;
  context: RequestContext;
  params: Output<I["params"]>;
  query: Output<I["query"]>;
  headers: Output<I["headers"]>;
  body: Output<I["body"]>;
}

async function readInput<I extends Operation>(
  { request, params, context }: ResourceRouteArgs,
  schemas: I,
): Promise<EndpointInput<I>> {
  // The path first: an unknown resource is a 404 even if the rest of the request is invalid.
  const parsedParams = schemas.params && parseParams(params, schemas.params);
  const query = schemas.query && parseQuery(new URL(request.url), schemas.query);
  const headers = schemas.headers && parseHeaders(request.headers, schemas.headers);
  const json = schemas.body && (await readJsonObject(request, { optional: schemas.bodyOptional ?? false }));
  const body = schemas.body && parseInput(schemas.body, json);
  return { request, context, params: parsedParams, query, headers, body } as EndpointInput<I>;
}

/** Defines an endpoint that needs no authentication. */
export function publicRoute<I extends Operation>(
  operation: I,
  handle: (input: EndpointInput<I>) => Promise<Response>,
): Endpoint {
  return async (args) => handle(await readInput(args, operation));
}

/** Defines an endpoint that requires an active session, by Bearer token or cookie. */
export function authenticated<I extends Operation>(
  operation: I,
  handle: (input: EndpointInput<I> & { session: AuthenticatedSession }) => Promise<Response>,
): Endpoint {
  return async (args) => {
    const session = await requireSession(args.request, args.context);
    if (args.context.accessRecord) args.context.accessRecord.userId = session.user.id;
    return handle({ ...(await readInput(args, operation)), session });
  };
}

/**
 * Defines an endpoint of the task API, which counts against the user's task rate limit. The statements of its services
 * check that the caller's session or token is active. A token needs `tasks:write`, except for GET.
 */
export function taskEndpoint<I extends Operation>(
  operation: I,
  handle: (input: EndpointInput<I> & { caller: RequestCaller }) => Promise<Response>,
): Endpoint {
  return async (args) => {
    const caller = await requireApiCaller(args.request, args.context);
    if (args.context.accessRecord) args.context.accessRecord.userId = caller.userId;
    await assertScope(caller, scopeOf(operation));
    const input = await readInput(args, operation).catch(async (invalidInput) => {
      // No statement will run, and an ended session is reported before invalid input.
      await assertActive(caller);
      throw invalidInput;
    });
    return handle({ ...input, caller });
  };
}

/**
 * Defines a resource route of the JSON API: one endpoint per method. Every error becomes a JSON error response.
 * @returns the loader (GET, HEAD) and the action (all other methods) for the route to export
 */
export function apiRoute(endpoints: Partial<Record<Method, Endpoint>>) {
  const methods = Object.keys(endpoints).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  async function callEndpoint(args: ResourceRouteArgs): Promise<Response> {
    const { method } = args.request;
    const name = method === "HEAD" ? "GET" : method;
    const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name as Method] : undefined;
    if (!endpoint) throw new MethodNotAllowedError(`This path does not support ${method}.`, methods);
    return endpoint(args);
  }
  async function handleRequest(args: ResourceRouteArgs): Promise<Response> {
    const response = await callEndpoint(args).catch((thrown) =>
      jsonError(toAppError(thrown, args.context.requestId)),
    );
    return args.request.method === "HEAD" ? withoutBody(response) : response;
  }
  return { loader: handleRequest, action: handleRequest };
}

/** Cancels the body of a HEAD response, so that a stream releases what it holds. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, response);
}
