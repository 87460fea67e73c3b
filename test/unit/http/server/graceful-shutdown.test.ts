import { once } from "node:events";
import { Agent, get, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { gracefulShutdown, isShuttingDown } from "#app/http/server/graceful-shutdown.server.ts";
import { startHttpServer } from "#app/http/server/node-server.server.ts";

let server: Server | undefined;
const agent = new Agent({ keepAlive: true });
afterEach(() => {
  agent.destroy();
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers each path but /slow at once. @returns its URL and the responses of /slow */
async function startServer() {
  const slow: ServerResponse[] = [];
  server = await startHttpServer(
    (request, response) => {
      if (request.url === "/slow") slow.push(response);
      else response.end("done");
    },
    0,
    "127.0.0.1",
  );
  const { port } = server.address() as { port: number };
  return { server, slow, url: `http://127.0.0.1:${port}` };
}

async function fetchText(url: string): Promise<{ connection: string | undefined; text: string }> {
  const [response] = (await once(get(url, { agent }), "response")) as [IncomingMessage];
  let text = "";
  for await (const part of response) text += part;
  return { connection: response.headers.connection, text };
}

const received = (slow: unknown[]) => expect.poll(() => slow.length).toBe(1);

it("a graceful shutdown serves requests during the delay, then closes the port and finishes open requests", async () => {
  const { server, slow, url } = await startServer();
  expect(await fetchText(url)).toEqual({ connection: "keep-alive", text: "done" });
  const open = fetchText(`${url}/slow`);
  await received(slow);

  expect(isShuttingDown()).toBe(false);
  const stopped = gracefulShutdown(server, { delayMs: 500, drainMs: 10_000 });
  expect(isShuttingDown()).toBe(true);
  expect(await fetchText(url)).toEqual({ connection: "close", text: "done" });
  await expect.poll(() => server.listening).toBe(false);
  await expect(fetchText(url)).rejects.toThrow("ECONNREFUSED");

  slow[0]?.end("finished");
  expect((await open).text).toBe("finished");
  await stopped;
});

it("a graceful shutdown does not wait for a connection that has sent nothing, and finishes open requests", async () => {
  const { server, slow, url } = await startServer();
  const open = fetchText(`${url}/slow`);
  await received(slow);
  // Browsers connect in advance.
  const unused = connect(Number(new URL(url).port), "127.0.0.1");
  await once(server, "connection");

  const stopped = gracefulShutdown(server, { delayMs: 0, drainMs: 10_000 });
  await once(unused.resume(), "close");
  slow[0]?.end("finished");
  expect((await open).text).toBe("finished");
  await stopped;
});

it("a graceful shutdown closes the connections of requests that do not finish in time", async () => {
  const { server, slow, url } = await startServer();
  const open = fetchText(`${url}/slow`);
  open.catch(() => undefined);
  await received(slow);
  await gracefulShutdown(server, { delayMs: 0, drainMs: 100 });
  await expect(open).rejects.toThrow("socket hang up");
});
