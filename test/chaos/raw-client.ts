import { connect, type Socket } from "node:net";
import { parseResponse, type RawResponse } from "./response-parser.ts";

const NO_RESPONSE: RawResponse = { status: 0, headers: new Map(), text: "" };

const RESPONSE_TIMEOUT_MS = 20_000;

/** Connects to a server. Ignores socket errors: the caller sees the closed connection. */
export function openSocket(base: string): Socket {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  return socket;
}

/** The request line and headers, without the empty line that ends them. */
export const requestHead = (base: string, line: string, headers: Record<string, string>): string =>
  [`${line} HTTP/1.1`, `Host: ${new URL(base).host}`]
    .concat(Object.entries(headers).map(([name, value]) => `${name}: ${value}`))
    .join("\r\n");

export interface RawClient {
  /** Sends any bytes and waits for one response. */
  send(bytes: Buffer, options?: SendOptions): Promise<RawResponse>;
  close(): void;
}
interface SendOptions {
  /** The response has no body, as for HEAD. */
  isBodiless?: boolean;
  /** Closes the sending side after these bytes. */
  isLast?: boolean;
}

/** A client that sends bytes unchecked on one connection, reopened when the server closes it. */
export function connectRawClient(base: string): RawClient {
  let socket: Socket | undefined;
  let received = Buffer.alloc(0);
  let onChange: () => void = () => undefined;
  const close = () => {
    socket?.destroy();
    socket = undefined;
  };

  function connection(): Socket {
    if (socket && !socket.destroyed && socket.writable && !socket.readableEnded) return socket;
    close();
    received = Buffer.alloc(0);
    const opened = openSocket(base);
    opened.on("data", (data) => {
      if (socket !== opened) return;
      received = Buffer.concat([received, data]);
      onChange();
    });
    for (const event of ["end", "close"]) opened.on(event, () => socket === opened && onChange());
    socket = opened;
    return opened;
  }

  function exchange(bytes: Buffer, { isBodiless = false, isLast = false }: SendOptions) {
    const current = connection();
    return new Promise<RawResponse>((resolve) => {
      const finish = (response: RawResponse, keepAlive: boolean) => {
        clearTimeout(timeout);
        onChange = () => undefined;
        if (!keepAlive) close();
        resolve(response);
      };
      const timeout = setTimeout(
        () => finish({ ...NO_RESPONSE, text: "response timeout" }, false),
        RESPONSE_TIMEOUT_MS,
      );
      onChange = () => {
        const isEnded = current.readableEnded || current.destroyed;
        const parsed = parseResponse(received, { isEnded, isBodiless });
        if (parsed) {
          received = Buffer.from(parsed.rest);
          const { headers } = parsed.response;
          const isClosing = isLast || headers.get("connection") === "close" || received.length > 0;
          finish(parsed.response, !isClosing && !isEnded);
        } else if (isEnded) finish(NO_RESPONSE, false);
      };
      if (isLast) current.end(bytes);
      else current.write(bytes);
    });
  }

  return {
    async send(bytes, options = {}) {
      const previous = socket;
      const isReused = connection() === previous;
      const response = await exchange(bytes, options);
      // The server may close an idle connection just before the request arrives; HTTP clients then retry once.
      return isReused && response === NO_RESPONSE ? exchange(bytes, options) : response;
    },
    close,
  };
}
