import { gunzipSync, inflateSync } from "node:zlib";

export interface RawResponse {
  /** 0 if the connection ended without a response. */
  status: number;
  headers: Map<string, string>;
  /** The decoded body. */
  text: string;
}

interface Head {
  status: number;
  headers: Map<string, string>;
  bodyStart: number;
}

function parseHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(" ")[1]), headers, bodyStart: end + 4 };
}

/** @returns the body and the offset of its end; undefined while chunks are missing */
function parseChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let offset = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", offset);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(bytes.subarray(offset, lineEnd).toString("latin1"), 16);
    if (Number.isNaN(length)) return { body: Buffer.from("invalid chunk length"), end: bytes.length };
    const start = lineEnd + 2;
    if (bytes.length < start + length + 2) return undefined;
    if (length === 0) return { body: Buffer.concat(parts), end: start + 2 };
    parts.push(bytes.subarray(start, start + length));
    offset = start + length + 2;
  }
}

function decompress(body: Buffer, encoding: string | undefined): Buffer {
  try {
    if (encoding === "gzip") return gunzipSync(body);
    return encoding === "deflate" ? inflateSync(body) : body;
  } catch {
    // An empty body, or a range of the compressed one.
    return body;
  }
}

/** @returns the first final response and the bytes after it; undefined while it is incomplete */
export function parseResponse(
  bytes: Buffer,
  { isEnded, isBodiless }: { isEnded: boolean; isBodiless: boolean },
): { response: RawResponse; rest: Buffer } | undefined {
  const head = parseHead(bytes);
  if (!head) return undefined;
  const { status, headers, bodyStart } = head;
  if (status < 200) return parseResponse(bytes.subarray(bodyStart), { isEnded, isBodiless });
  const complete = (body: Buffer, end: number) => ({
    response: { status, headers, text: decompress(body, headers.get("content-encoding")).toString() },
    rest: bytes.subarray(end),
  });
  if (isBodiless || status === 204 || status === 304) return complete(Buffer.alloc(0), bodyStart);
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const chunks = parseChunks(bytes, bodyStart);
    return chunks && complete(chunks.body, chunks.end);
  }
  const length = headers.get("content-length");
  // Without a length the body ends with the connection.
  const endWithoutLength = isEnded ? bytes.length : Number.POSITIVE_INFINITY;
  const end = length === undefined ? endWithoutLength : bodyStart + Number(length);
  return bytes.length >= end ? complete(bytes.subarray(bodyStart, end), end) : undefined;
}
