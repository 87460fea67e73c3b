import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import type { z } from "zod";
import { requireRateLimitedSession, requireSession } from "#app/http/auth/guards.server.ts";
import { parseInput, parseParams, parseQuery, readJsonObject } from "#app/http/input.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";
import { jsonError, toAppError } from "#app/http/responses/error-response.server.ts";
import { MethodNotAllowedError } from "#app/http/responses/http-error.server.ts";
import type { AuthenticatedSession, Client } from "#app/services/sessions.server.ts";

type Args = LoaderFunctionArgs | ActionFunctionArgs;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Endpoint = (args: Args) => Promise<Response>;

/** What an endpoint takes; a part that it does not name, it is not given. */
interface Input {
  /** Of the path. What does not fit names nothing: NOT_FOUND. */
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Whether sending no body at all is the same as an empty object. */
  bodyOptional?: boolean;
}
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler is given: everything already checked. */
interface Call<I extends Input> {
  request: Request;
  context: RequestContext;
  params: Output<I["params"]>;
  query: Output<I["query"]>;
  body: Output<I["body"]>;
}

async function readInput<I extends Input>({ request, params, context }: Args, input: I): Promise<Call<I>> {
  // The path comes first: there is nothing to be said of an input to something that cannot be.
  const path = input.params && parseParams(params, input.params);
  const query = input.query && parseQuery(new URL(request.url), input.query);
  const sent = input.body && (await readJsonObject(request, { optional: input.bodyOptional ?? false }));
  const body = input.body && parseInput(input.body, sent);
  return { request, context, params: path, query, body } as Call<I>;
}

/** An endpoint for anybody. */
export function publicRoute<I extends Input>(
  input: I,
  handle: (call: Call<I>) => Promise<Response>,
): Endpoint {
  return async (args) => handle(await readInput(args, input));
}

function guarded(guard: (request: Request, client: Client) => Promise<AuthenticatedSession>) {
  return <I extends Input>(
    input: I,
    handle: (call: Call<I> & { session: AuthenticatedSession }) => Promise<Response>,
  ): Endpoint =>
    async (args) => {
      const session = await guard(args.request, args.context.client);
      return handle({ ...(await readInput(args, input)), session });
    };
}

/** An endpoint for whoever has a live session, by Bearer token or by cookie. */
export const authenticated = guarded(requireSession);

/** The same, for so many calls a minute: every endpoint of the tasks. */
export const rateLimited = guarded(requireRateLimitedSession);

/**
 * A resource route of the JSON API: one endpoint a method, and for everything that can go wrong the envelope.
 * @returns the loader (GET, HEAD) and the action (all others) that the route exports
 */
export function apiRoute(endpoints: Partial<Record<Method, Endpoint>>) {
  const methods = Object.keys(endpoints).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  async function answer(args: Args): Promise<Response> {
    const method = args.request.method === "HEAD" ? "GET" : args.request.method;
    try {
      const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method as Method] : undefined;
      if (endpoint) return await withoutBody(args, await endpoint(args));
      throw new MethodNotAllowedError(`This path does not support ${args.request.method}.`, methods);
    } catch (thrown) {
      return jsonError(toAppError(thrown, args.context.requestId));
    }
  }
  return { loader: answer, action: answer };
}

/** Whoever asks for the head alone does not read what follows, so it is ended. */
async function withoutBody({ request }: Args, response: Response): Promise<Response> {
  if (request.method !== "HEAD") return response;
  await response.body?.cancel();
  return new Response(null, response);
}

export const noContent = (headers?: HeadersInit): Response =>
  new Response(null, { status: 204, ...(headers && { headers }) });

/** JSON that is text already. */
export const jsonText = (text: string): Response =>
  new Response(text, { headers: { "Content-Type": "application/json; charset=utf-8" } });

/**
 * JSON that comes in pieces, to be kept as a file. One that breaks off breaks the connection off, so that nobody takes
 * a part for the whole.
 */
export function jsonDownload(name: string, pieces: AsyncIterable<string>, requestId: string): Response {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.asyncIterator]();
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          // Its client has left while this was read.
          if (cancelled) return;
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (thrown) {
          if (!cancelled) controller.error(toAppError(thrown, requestId));
        }
      },
      async cancel() {
        cancelled = true;
        await iterator.return?.();
      },
    },
    // Nothing is read before somebody takes it.
    { highWaterMark: 0 },
  );
  const headers = {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Disposition": `attachment; filename="${name}"`,
  };
  return new Response(body, { headers });
}
