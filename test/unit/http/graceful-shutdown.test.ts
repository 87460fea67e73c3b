import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startHttpServer } from "#app/http/server/node-server.server.ts";

type Server = Awaited<ReturnType<typeof startHttpServer>>;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

it("a client that takes nothing of its answer any more is given up, after a minute", async () => {
  server = await startHttpServer(
    (_request, response) => void response.end(Buffer.alloc(64 * 1024 * 1024)),
    0,
    "127.0.0.1",
  );
  expect(server.timeout).toBe(60_000);
  // The same, so that nobody has to wait for it.
  server.timeout = 300;
  const { port } = server.address() as { port: number };
  const given = new Promise((resolve) =>
    server?.once("connection", (socket) => socket.once("close", resolve)),
  );
  const client = connect(port, "127.0.0.1").on("error", () => undefined);
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await given;
  client.destroy();
});
