import { request } from "node:http";
import type { TestResponse } from "./users.ts";

interface RawRequest {
  headers?: Record<string, string | string[]>;
  /** A list is sent in chunks, without a Content-Length. */
  body?: string | Uint8Array | (string | Uint8Array)[];
}

/** One request as node:http sends it: any Host, any method, chunks, headers given twice. */
export function rawRequest(
  base: string,
  method: string,
  path: string,
  { headers, body }: RawRequest = {},
): Promise<TestResponse> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const length = body !== undefined &&
      !Array.isArray(body) && { "Content-Length": Buffer.byteLength(body) };
    const sent = request(
      { hostname, port, method, path, agent: false, headers: { ...length, ...headers } },
      async (received) => {
        const parts: Buffer[] = [];
        try {
          for await (const part of received) parts.push(part);
        } catch (error) {
          return reject(error);
        }
        const bytes = Buffer.concat(parts);
        const text = bytes.toString();
        const answered = new Headers();
        for (let at = 0; at < received.rawHeaders.length; at += 2) {
          answered.append(received.rawHeaders[at] ?? "", received.rawHeaders[at + 1] ?? "");
        }
        const isJson =
          text &&
          /^application\/json/.test(received.headers["content-type"] ?? "") &&
          !received.headers["content-encoding"];
        resolve({
          status: received.statusCode ?? 0,
          headers: answered,
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      },
    );
    sent.once("error", reject);
    for (const chunk of [body ?? []].flat()) sent.write(chunk);
    sent.end();
  });
}
