import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import type { z } from "zod";
import { AppError } from "#app/errors.ts";
import type { LiveSession } from "#app/services/accounts.server.ts";
import type { RequestContext } from "./context.ts";
import { asAppError, envelope } from "./failure.server.ts";
import { admitCaller, requireCaller } from "./guards.server.ts";
import { parse, parseQuery, readJsonObject } from "./input.server.ts";

type Args = LoaderFunctionArgs | ActionFunctionArgs;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Endpoint = (args: Args) => Promise<Response>;

/** What a handler is given: everything already checked. */
interface Call<Query, Body> {
  request: Request;
  params: Args["params"];
  context: RequestContext;
  query: Query;
  body: Body;
}

interface Input<Query extends z.ZodType, Body extends z.ZodType> {
  query?: Query;
  body?: Body;
  /** Whether sending no body at all is the same as an empty object. */
  bodyOptional?: boolean;
}

async function readInput<Q extends z.ZodType, B extends z.ZodType>(args: Args, input: Input<Q, B>) {
  const { request, params, context } = args;
  const query = input.query && parseQuery(new URL(request.url), input.query);
  const sent = input.body && (await readJsonObject(request, { optional: input.bodyOptional ?? false }));
  const body = input.body && parse(input.body, sent);
  return { request, params, context, query, body } as Call<z.output<Q>, z.output<B>>;
}

/** An endpoint for anybody. */
export function open<Q extends z.ZodType, B extends z.ZodType>(
  input: Input<Q, B>,
  handle: (call: Call<z.output<Q>, z.output<B>>) => Promise<Response>,
): Endpoint {
  return async (args) => handle(await readInput(args, input));
}

function guarded(guard: (request: Request) => Promise<LiveSession>) {
  return <Q extends z.ZodType, B extends z.ZodType>(
    input: Input<Q, B>,
    handle: (call: Call<z.output<Q>, z.output<B>> & { session: LiveSession }) => Promise<Response>,
  ): Endpoint =>
    async (args) => {
      const session = await guard(args.request);
      return handle({ ...(await readInput(args, input)), session });
    };
}

/** An endpoint for whoever has a live session, by Bearer token or by cookie. */
export const signedIn = guarded(requireCaller);

/** The same, for so many calls a minute: every endpoint of the tasks. */
export const limited = guarded(admitCaller);

/**
 * A resource route of the JSON API: one endpoint a method, and for everything that can go wrong the envelope.
 * @returns the loader (GET, HEAD) and the action (all others) that the route exports
 */
export function api(endpoints: Partial<Record<Method, Endpoint>>) {
  const methods = Object.keys(endpoints).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  async function answer(args: Args): Promise<Response> {
    const method = args.request.method === "HEAD" ? "GET" : args.request.method;
    try {
      const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method as Method] : undefined;
      if (endpoint) return await endpoint(args);
      throw new AppError("METHOD_NOT_ALLOWED", `${method} is not possible here.`, {
        headers: { Allow: methods.join(", ") },
      });
    } catch (thrown) {
      return envelope(asAppError(thrown, args.context.requestId));
    }
  }
  return { loader: answer, action: answer };
}

export const noContent = (headers?: HeadersInit): Response =>
  new Response(null, { status: 204, ...(headers && { headers }) });

/** JSON that is text already. */
export const jsonText = (text: string): Response =>
  new Response(text, { headers: { "Content-Type": "application/json; charset=utf-8" } });
