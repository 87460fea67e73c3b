import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startHttpServer } from "#app/http/server/node-server.server.ts";
import { waitFor } from "../../../support/wait-for.ts";

let server: Awaited<ReturnType<typeof startHttpServer>> | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

it("the server closes the connection of a client that reads nothing of its response for a minute", async () => {
  server = await startHttpServer(
    (_request, response) => void response.end(Buffer.alloc(64 * 1024 * 1024)),
    0,
    "127.0.0.1",
  );
  expect(server.timeout).toBe(60_000);
  // The same timeout, shortened.
  server.timeout = 300;
  const { port } = server.address() as { port: number };
  const connection = once(server, "connection");
  const client = connect(port, "127.0.0.1").on("error", () => undefined);
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [socket] = await connection;
  await once(socket, "close");
  client.destroy();
});

describe("pipelined requests on one connection", () => {
  /** Pipelines `count` requests, and answers them when all have arrived. */
  async function pipeline(count: number): Promise<{ passedOn: number; statuses: string[]; text: string }> {
    const held: ServerResponse[] = [];
    server = await startHttpServer((_request, response) => void held.push(response), 0, "127.0.0.1");
    const { port } = server.address() as { port: number };
    const client = connect(port, "127.0.0.1");
    let text = "";
    client.setEncoding("latin1").on("data", (part) => {
      text += part;
    });
    const closed = once(client, "close");
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count));
    await waitFor(() => expect(held.length).toBeGreaterThanOrEqual(Math.min(count, 10)));
    // All have been read in one piece.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const passedOn = held.length;
    for (const response of held) response.end();
    const expected = Math.min(count, 11);
    const statuses = () => [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status ?? "");
    await waitFor(() => expect(statuses().length).toBeGreaterThanOrEqual(expected));
    if (count > 10) await closed;
    client.destroy();
    return { passedOn, statuses: statuses(), text };
  }

  it("are all answered up to ten", async () => {
    const { passedOn, statuses } = await pipeline(10);
    expect(passedOn).toBe(10);
    expect(statuses).toEqual(Array(10).fill("200"));
  });

  it("beyond ten get one 503 after the ten responses, and the connection is closed", async () => {
    const { passedOn, statuses, text } = await pipeline(500);
    expect(passedOn).toBe(10);
    expect(statuses).toEqual([...Array(10).fill("200"), "503"]);
    const last = text.slice(text.lastIndexOf("HTTP/1.1"));
    expect(last).toMatch(/^Retry-After: 1\r$/m);
    expect(JSON.parse(last.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      success: false,
      error: { code: "OVERLOADED", message: expect.any(String) },
    });
  });

  it("are counted again from zero after their responses", async () => {
    server = await startHttpServer((_request, response) => void response.end("ok"), 0, "127.0.0.1");
    const { port } = server.address() as { port: number };
    const client = connect(port, "127.0.0.1");
    let received = "";
    client.setEncoding("latin1").on("data", (part) => {
      received += part;
    });
    for (let round = 1; round <= 3; round += 1) {
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(8));
      await waitFor(() => expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(8 * round));
    }
    client.destroy();
  });
});

describe("bytes that are not HTTP", () => {
  /** Sends bytes after a pipelined request, whose response has begun or not. @returns what the client receives */
  async function sendGarbage(requests: number, { begins }: { begins: boolean }): Promise<string> {
    server = await startHttpServer(
      (_request, response) => void (begins && response.writeHead(200).write("the first part")),
      0,
      "127.0.0.1",
    );
    const { port } = server.address() as { port: number };
    const client = connect(port, "127.0.0.1").on("error", () => undefined);
    let received = "";
    client.setEncoding("latin1").on("data", (part) => {
      received += part;
    });
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(requests));
    if (begins) await waitFor(() => expect(received).toContain("the first part"));
    client.write("garbage\r\n\r\n");
    await once(client, "close");
    return received;
  }

  it("get 400 on a connection without a response in progress", async () => {
    expect(await sendGarbage(0, { begins: false })).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("close a connection whose response has begun, without a second status line in it", async () => {
    const received = await sendGarbage(1, { begins: true });
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(received).not.toContain("BAD_REQUEST");
  });

  it("close a connection with earlier unanswered requests, because 400 would count as their response", async () => {
    expect(await sendGarbage(2, { begins: false })).toBe("");
  });
});
