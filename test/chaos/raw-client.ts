import type { Socket } from "node:net";
import { gunzipSync, inflateSync } from "node:zlib";
import { openSocket } from "./floods.ts";

/** An answer as it came over the wire. */
export interface RawResponse {
  /** 0 when the connection ended without an answer. */
  status: number;
  headers: Map<string, string>;
  text: string;
}

export const NO_RESPONSE: RawResponse = { status: 0, headers: new Map(), text: "" };

const PATIENCE_MS = 20_000;

interface Head {
  status: number;
  headers: Map<string, string>;
  bodyAt: number;
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(" ")[1]), headers, bodyAt: end + 4 };
}

/** @returns the body, and where it ends; undefined while there is more to come */
function readChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const length = Number.parseInt(bytes.subarray(at, line).toString("latin1"), 16);
    if (Number.isNaN(length)) return { body: Buffer.from("these are no chunks"), end: bytes.length };
    const start = line + 2;
    if (bytes.length < start + length + 2) return undefined;
    if (length === 0) return { body: Buffer.concat(parts), end: start + 2 };
    parts.push(bytes.subarray(start, start + length));
    at = start + length + 2;
  }
}

function unpack(body: Buffer, encoding: string | undefined): Buffer {
  try {
    if (encoding === "gzip") return gunzipSync(body);
    return encoding === "deflate" ? inflateSync(body) : body;
  } catch {
    // Nothing, or a range of it.
    return body;
  }
}

/** @returns the first answer in these bytes and what follows it; undefined while it is not whole */
export function parseResponse(
  bytes: Buffer,
  { ended, bodiless }: { ended: boolean; bodiless: boolean },
): { seen: RawResponse; rest: Buffer } | undefined {
  const head = readHead(bytes);
  if (!head) return undefined;
  const { status, headers, bodyAt } = head;
  if (status < 200) return parseResponse(bytes.subarray(bodyAt), { ended, bodiless });
  const whole = (body: Buffer, end: number) => ({
    seen: { status, headers, text: unpack(body, headers.get("content-encoding")).toString() },
    rest: bytes.subarray(end),
  });
  if (bodiless || status === 204 || status === 304) return whole(Buffer.alloc(0), bodyAt);
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const chunks = readChunks(bytes, bodyAt);
    return chunks && whole(chunks.body, chunks.end);
  }
  const declared = headers.get("content-length");
  const end =
    declared === undefined ? (ended ? bytes.length : Number.POSITIVE_INFINITY) : bodyAt + Number(declared);
  return bytes.length >= end ? whole(bytes.subarray(bodyAt, end), end) : undefined;
}

export interface RawClient {
  /** Sends bytes, whatever they are, and waits for one answer. `last` says that nothing will follow. */
  send(bytes: Buffer, options?: SendOptions): Promise<RawResponse>;
  close(): void;
}
interface SendOptions {
  bodiless?: boolean;
  last?: boolean;
}

/** A client that minds no rule of HTTP: one connection, kept as long as the server keeps it. */
export function connectRawClient(base: string): RawClient {
  let socket: Socket | undefined;
  let bytes = Buffer.alloc(0);
  let notice: () => void = () => undefined;
  const drop = () => {
    socket?.destroy();
    socket = undefined;
  };

  function connection(): Socket {
    if (socket && !socket.destroyed && socket.writable && !socket.readableEnded) return socket;
    drop();
    bytes = Buffer.alloc(0);
    const opened = openSocket(base);
    opened.on("data", (data) => {
      if (socket !== opened) return;
      bytes = Buffer.concat([bytes, data]);
      notice();
    });
    for (const event of ["end", "close"]) opened.on(event, () => socket === opened && notice());
    socket = opened;
    return opened;
  }

  return {
    async send(sent, options = {}) {
      const before = socket;
      const isReused = connection() === before;
      const seen = await exchange(sent, options);
      // The server may end an idle connection in the moment in which it is used again: every client asks once more then.
      return isReused && seen === NO_RESPONSE ? exchange(sent, options) : seen;
    },
    close: drop,
  };

  function exchange(sent: Buffer, { bodiless = false, last = false }: SendOptions): Promise<RawResponse> {
    const to = connection();
    return new Promise((resolve) => {
      const finish = (seen: RawResponse, keep: boolean) => {
        clearTimeout(tooLate);
        notice = () => undefined;
        if (!keep) drop();
        resolve(seen);
      };
      const tooLate = setTimeout(
        () => finish({ ...NO_RESPONSE, text: "no answer in time" }, false),
        PATIENCE_MS,
      );
      notice = () => {
        const ended = to.readableEnded || to.destroyed;
        const answer = parseResponse(bytes, { ended, bodiless });
        if (answer) {
          bytes = Buffer.from(answer.rest);
          const closing = last || answer.seen.headers.get("connection") === "close" || bytes.length > 0;
          finish(answer.seen, !closing && !ended);
        } else if (ended) finish(NO_RESPONSE, false);
      };
      if (last) to.end(sent);
      else to.write(sent);
    });
  }
}
