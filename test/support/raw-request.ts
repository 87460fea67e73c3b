import { type Agent, request } from "node:http";
import { expectDocumented } from "./api-contract.ts";
import type { TestResponse } from "./users.ts";

interface RawRequest {
  headers?: Record<string, string | string[]>;
  /** A list is sent with chunked transfer encoding, without a Content-Length. */
  body?: string | Uint8Array | (string | Uint8Array)[];
  /** Without one, the request opens a connection of its own. */
  agent?: Agent;
}

/** Sends one request with node:http, which allows what fetch forbids: any Host, any method, repeated headers. */
export function rawRequest(
  base: string,
  method: string,
  path: string,
  { headers, body, agent }: RawRequest = {},
): Promise<TestResponse> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const contentLength = body !== undefined &&
      !Array.isArray(body) && { "Content-Length": Buffer.byteLength(body) };
    const outgoing = request(
      { hostname, port, method, path, agent: agent ?? false, headers: { ...contentLength, ...headers } },
      async (incoming) => {
        const parts: Buffer[] = [];
        try {
          for await (const part of incoming) parts.push(part);
        } catch (error) {
          return reject(error);
        }
        const text = Buffer.concat(parts).toString();
        const responseHeaders = new Headers();
        for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
          responseHeaders.append(incoming.rawHeaders[i] ?? "", incoming.rawHeaders[i + 1] ?? "");
        }
        const isJson =
          text &&
          /^application\/json/.test(incoming.headers["content-type"] ?? "") &&
          !incoming.headers["content-encoding"];
        const response = {
          status: incoming.statusCode ?? 0,
          headers: responseHeaders,
          text,
          body: isJson ? JSON.parse(text) : undefined,
        };
        try {
          // Paths in absolute form and compressed bodies are not described.
          if (path.startsWith("/") && !incoming.headers["content-encoding"])
            expectDocumented(method, base + path, response);
          resolve(response);
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.once("error", reject);
    for (const chunk of [body ?? []].flat()) outgoing.write(chunk);
    outgoing.end();
  });
}
