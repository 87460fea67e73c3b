import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BODY_FLOOD_GROWTH_MIB, floodBodies, MANY_HEADERS } from "../chaos/body-flood.ts";
import { connectRawClient, openSocket, requestHead } from "../chaos/raw-client.ts";
import { floodSlowClients } from "../chaos/slow-clients.ts";
import { type AppServer, plainTextLines, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { UUID } from "../support/assertions.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, type TestUser } from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp(WITHOUT_COVERAGE);
  alice = await createUser(app);
});
afterAll(() => app?.stop());

const errorLines = () => app.log.filter((line) => /"level":"(error|fatal)"/.test(line));
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const sameOriginHeaders = () => ({ Cookie: alice.cookie, "Sec-Fetch-Site": "same-origin" });

it(`a hundred concurrent bodies of 60 MiB are rejected and grow the memory by less than ${BODY_FLOOD_GROWTH_MIB} MiB`, {
  timeout: 120_000,
}, async () => {
  // Memory of the first requests belongs to the baseline.
  for (let n = 0; n < 300; n += 1) await alice.api("GET", "/api/tasks");
  const { grownMib, sentMib, unexpected } = await floodBodies(app, alice);
  expect(unexpected).toEqual([]);
  expect(grownMib).toBeLessThan(BODY_FLOOD_GROWTH_MIB);
  expect(sentMib).toBeLessThan(100 * 30);
  expect(errorLines()).toEqual([]);
});

describe("after a thousand other headers", () => {
  it("Content-Length and Transfer-Encoding still limit the body", { timeout: 120_000 }, async () => {
    const { unexpected, sentMib } = await floodBodies(app, alice, {
      parallel: 20,
      leadingHeaders: MANY_HEADERS,
    });
    expect(unexpected).toEqual([]);
    expect(sentMib).toBeLessThan(20 * 30);
    expect(errorLines()).toEqual([]);
  });

  it("the session cookie still authenticates, and Sec-Fetch-Site still rejects a cross-site form", async () => {
    const headers = { ...MANY_HEADERS, Cookie: alice.cookie };
    expect((await rawRequest(app.url, "GET", "/api/tasks", { headers })).status).toBe(200);
    const response = await rawRequest(app.url, "POST", "/signin", {
      headers: { ...FORM, ...MANY_HEADERS, "Sec-Fetch-Site": "cross-site" },
      body: "email=a",
    });
    expect(response.status).toBe(403);
  });
});

it("clients that send one byte per second are disconnected within 15 seconds and delay no other request", {
  timeout: 60_000,
}, async () => {
  const { failures, ended, oldestSeconds } = await floodSlowClients(app, alice, {
    clients: 100,
    seconds: 16,
  });
  expect(failures).toEqual([]);
  expect(ended).toBeGreaterThanOrEqual(50);
  expect(oldestSeconds).toBeLessThan(15);
  expect(errorLines()).toEqual([]);
});

describe("a request URL is rejected with 400", () => {
  it.each<[string, string]>([
    ["when its path is longer than 2 KiB", `/${"x".repeat(2_100)}`],
    ["when its query is longer than 4 KiB", `/signin?a=${"x".repeat(4_200)}`],
    ["when it contains an encoded line feed", "/x%0d%0aSet-Cookie:%20a=b"],
    ["when it contains an encoded Unicode line separator", "/x%e2%80%a8"],
    ["when it starts with an encoded backslash", "/%5C/evil.example/999999999"],
    ["when it starts with an encoded second slash", "/%2fevil.example"],
  ])("%s", async (_, path) => {
    for (const method of ["GET", "POST"]) {
      const response = await rawRequest(app.url, method, path, {
        headers: { ...FORM, ...sameOriginHeaders() },
      });
      expect(response.status).toBe(400);
      expect(response.headers.get("X-Request-Id")).toMatch(UUID);
    }
    expect(errorLines()).toEqual([]);
  });
});

describe("a same-origin form according to Sec-Fetch-Site", () => {
  it.each(["null", "https://evil.example", "nonsense"])(
    "is accepted with the Origin %s, which Remix's own check would reject",
    async (Origin) => {
      for (const path of ["/dashboard", "/dashboard.data"]) {
        const response = await rawRequest(app.url, "POST", path, {
          headers: { ...FORM, ...sameOriginHeaders(), Origin },
          body: "intent=add&title=x",
        });
        expect([202, 302]).toContain(response.status);
      }
      expect(errorLines()).toEqual([]);
    },
  );
});

describe("a malformed HTTP request gets a 4xx error envelope", () => {
  const lines = (...all: string[]) => Buffer.from(`${all.join("\r\n")}\r\n\r\n`);
  const host = () => `Host: ${new URL(app.url).host}`;
  it.each<[string, () => Buffer]>([
    ["for CONNECT", () => lines("CONNECT evil.example:443 HTTP/1.1", host())],
    [
      "for an unknown Expect header",
      () => lines("POST /api/tasks HTTP/1.1", host(), "Expect: wonders", "Content-Length: 0"),
    ],
    [
      "for GET with a chunked body",
      () => lines("GET /api/tasks HTTP/1.1", host(), "Transfer-Encoding: chunked", "", "0"),
    ],
    ["for GET with a large body", () => lines("GET /api/tasks HTTP/1.1", host(), "Content-Length: 60000000")],
    [
      "for Content-Length with Transfer-Encoding",
      () =>
        lines("POST /api/tasks HTTP/1.1", host(), "Content-Length: 3", "Transfer-Encoding: chunked", "", "0"),
    ],
    ["without a Host header", () => lines("GET /api/tasks HTTP/1.0")],
    ["for two Host headers", () => lines("GET /api/tasks HTTP/1.1", host(), "Host: evil.example")],
    [
      "for the absolute URL of another site",
      () => lines("GET http://evil.example/api/tasks HTTP/1.1", host()),
    ],
    ["for the HTTP/2 preface", () => lines("PRI * HTTP/2.0", "", "SM")],
  ])("%s", async (_, make) => {
    const client = connectRawClient(app.url);
    const { status, headers, text } = await client.send(make());
    client.close();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get("x-request-id")).toMatch(UUID);
    expect(JSON.parse(text)).toMatchObject({ success: false, error: { code: expect.any(String) } });
    expect(errorLines()).toEqual([]);
  });

  it("when the URL contains credentials, which are not logged", async () => {
    for (const path of ["/signin", "/dashboard.data", "/api/tasks", "/favicon.svg"]) {
      const client = connectRawClient(app.url);
      const { host: authority } = new URL(app.url);
      const { status } = await client.send(
        lines(`GET http://alice:secret@${authority}${path} HTTP/1.1`, host()),
      );
      client.close();
      expect(status, path).toBe(400);
    }
    expect(app.log.join("\n")).not.toContain("alice:secret");
  });
});

it("a client that disconnects during its request or the response causes no error", async () => {
  const json = { Authorization: `Bearer ${alice.token}`, "Content-Type": "application/json" };
  const starts = [
    `${requestHead(app.url, "POST /api/tasks", { ...json, "Transfer-Encoding": "chunked" })}\r\n\r\n5\r\n{"tit`,
    `${requestHead(app.url, "POST /api/tasks", { ...json, "Content-Length": "50" })}\r\n\r\n{"tit`,
    `${requestHead(app.url, "POST /dashboard", { ...FORM, ...sameOriginHeaders(), "Transfer-Encoding": "chunked" })}\r\n\r\n5\r\ninten`,
    `${requestHead(app.url, "GET /dashboard", sameOriginHeaders())}\r\n\r\n`,
  ];
  for (const start of starts) {
    for (const waitMs of [0, 2, 5, 20]) {
      const socket = openSocket(app.url);
      socket.write(start);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    }
  }
  expect((await alice.api("GET", "/api/tasks")).status).toBe(200);
  expect(errorLines()).toEqual([]);
  expect(plainTextLines(app)).toEqual([]);
});

it("a CONNECT whose client keeps its side open is closed by the server and does not delay the shutdown", async () => {
  const server = await startApp();
  const { port, host } = new URL(server.url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  const ended = once(socket, "end");
  socket.resume().write(`CONNECT evil.example:443 HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await ended;
  // Only a connection that the server has closed on both sides resets a later write.
  const isClosed = () => {
    socket.write("x");
    return socket.closed;
  };
  await expect.poll(isClosed).toBe(true);
  expect(await server.stop()).toBe(0);
  expect(server.log.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
});
