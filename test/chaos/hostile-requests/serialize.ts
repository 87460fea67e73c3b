import { type HostileRequest, MANY_HEADERS_FROM } from "./generate.ts";
import { OWN_HOST } from "./targets.ts";

/** A request as bytes. @param credentials the headers that carry a session or a token */
export function serializeRequest(
  request: HostileRequest,
  host: string,
  credentials: [string, string][],
): Buffer {
  const { method, target, headers, body, framing, corrupt } = request;
  const lines = [`${method} ${target.replace(OWN_HOST, host)} HTTP/1.1`, `Host: ${host}`];
  const ordered =
    headers.length > MANY_HEADERS_FROM ? [...headers, ...credentials] : [...credentials, ...headers];
  for (const [name, value] of ordered) lines.push(`${name}: ${value}`);
  if (body && framing === "length") lines.push(`Content-Length: ${body.length}`);
  if (body && framing === "chunks") lines.push("Transfer-Encoding: chunked");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const content = !body ? Buffer.alloc(0) : framing === "length" ? body : chunked(body);
  const bytes = Buffer.concat([head, content]);
  return corrupt ? corrupt(bytes) : bytes;
}

/** The body in two chunks. */
function chunked(body: Buffer): Buffer {
  const half = body.length >> 1;
  const parts = [body.subarray(0, half), body.subarray(half)].filter((part) => part.length > 0);
  const chunk = (part: Buffer) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")];
  return Buffer.concat([...parts.flatMap(chunk), Buffer.from("0\r\n\r\n")]);
}
