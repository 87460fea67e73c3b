import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startHttpServer } from "#app/http/server/node-server.server.ts";

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
