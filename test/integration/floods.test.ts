import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floodBodies, floodSlowClients, MANY_HEADERS, openSocket, requestHead } from "../chaos/floods.ts";
import { connectRawClient } from "../chaos/raw-client.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { UUID } from "../support/assertions.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp(WITHOUT_COVERAGE);
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

const errors = () => tock.log.filter((line) => /"level":"(error|fatal)"/.test(line));
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const asAnn = () => ({ Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" });

it("a hundred bodies of 60 MB at once are refused, and cost no memory to speak of", {
  timeout: 120_000,
}, async () => {
  for (let warm = 0; warm < 300; warm += 1) await ann.api("GET", "/api/tasks");
  const { grownMib, sentMib, others } = await floodBodies(tock, ann);
  expect(others).toEqual([]);
  expect(grownMib).toBeLessThan(50);
  expect(sentMib).toBeLessThan(100 * 30);
  expect(errors()).toEqual([]);
});

describe("behind a thousand other headers", () => {
  it("a body's length, or that it comes in chunks, is seen all the same", { timeout: 120_000 }, async () => {
    const { others, sentMib } = await floodBodies(tock, ann, { parallel: 20, front: MANY_HEADERS });
    expect(others).toEqual([]);
    expect(sentMib).toBeLessThan(20 * 30);
    expect(errors()).toEqual([]);
  });

  it("a cookie is seen all the same, and so is where a change comes from", async () => {
    const late = { ...MANY_HEADERS, Cookie: ann.cookie };
    expect((await rawRequest(tock.url, "GET", "/api/tasks", { headers: late })).status).toBe(200);
    const answer = await rawRequest(tock.url, "POST", "/signin", {
      headers: { ...FORM, ...MANY_HEADERS, "Sec-Fetch-Site": "cross-site" },
      body: "email=a",
    });
    expect(answer.status).toBe(403);
  });
});

it("clients who send a byte a second are ended, their headers after ten seconds, and keep nobody waiting", {
  timeout: 60_000,
}, async () => {
  const { failures, ended, oldestSeconds } = await floodSlowClients(tock, ann, { clients: 100, seconds: 16 });
  expect(failures).toEqual([]);
  expect(ended).toBeGreaterThanOrEqual(50);
  expect(oldestSeconds).toBeLessThan(15);
  expect(errors()).toEqual([]);
});

describe("an address is refused that is", () => {
  it.each<[string, string]>([
    ["of more than 2 KiB", `/${"x".repeat(2_100)}`],
    ["with a query of more than 4 KiB", `/signin?a=${"x".repeat(4_200)}`],
    ["with a line end", "/x%0d%0aSet-Cookie:%20a=b"],
    ["with a line end of Unicode", "/x%e2%80%a8"],
    ["with a second slash, as a backslash that is escaped", "/%5C/evil.example/999999999"],
    ["with a second slash that is escaped", "/%2fevil.example"],
  ])("%s", async (_, path) => {
    for (const method of ["GET", "POST"]) {
      const answer = await rawRequest(tock.url, method, path, { headers: { ...FORM, ...asAnn() } });
      expect(answer.status).toBe(400);
      expect(answer.headers.get("X-Request-Id")).toMatch(UUID);
    }
    expect(errors()).toEqual([]);
  });
});

describe("what a browser calls same-origin", () => {
  it.each(["null", "https://evil.example", "nonsense"])(
    "passes with the Origin %s, and Remix has no second opinion",
    async (Origin) => {
      for (const path of ["/dashboard", "/dashboard.data"]) {
        const answer = await rawRequest(tock.url, "POST", path, {
          headers: { ...FORM, ...asAnn(), Origin },
          body: "intent=add&title=x",
        });
        expect([202, 302]).toContain(answer.status);
      }
      expect(errors()).toEqual([]);
    },
  );
});

describe("what is hardly HTTP is a 4xx in the envelope", () => {
  const lines = (...all: string[]) => Buffer.from(`${all.join("\r\n")}\r\n\r\n`);
  const host = () => `Host: ${new URL(tock.url).host}`;
  it.each<[string, () => Buffer]>([
    ["CONNECT", () => lines("CONNECT evil.example:443 HTTP/1.1", host())],
    [
      "an expectation that nobody knows",
      () => lines("POST /api/tasks HTTP/1.1", host(), "Expect: wonders", "Content-Length: 0"),
    ],
    [
      "reading with a body in chunks",
      () => lines("GET /api/tasks HTTP/1.1", host(), "Transfer-Encoding: chunked", "", "0"),
    ],
    ["reading with a large body", () => lines("GET /api/tasks HTTP/1.1", host(), "Content-Length: 60000000")],
    [
      "a length and chunks",
      () =>
        lines("POST /api/tasks HTTP/1.1", host(), "Content-Length: 3", "Transfer-Encoding: chunked", "", "0"),
    ],
    ["no Host", () => lines("GET /api/tasks HTTP/1.0")],
    ["two Hosts", () => lines("GET /api/tasks HTTP/1.1", host(), "Host: evil.example")],
    ["another site's address", () => lines("GET http://evil.example/api/tasks HTTP/1.1", host())],
    ["a protocol to come", () => lines("PRI * HTTP/2.0", "", "SM")],
  ])("%s", async (_, make) => {
    const wire = connectRawClient(tock.url);
    const { status, headers, text } = await wire.send(make());
    wire.close();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers.get("x-request-id")).toMatch(UUID);
    expect(JSON.parse(text)).toMatchObject({ success: false, error: { code: expect.any(String) } });
    expect(errors()).toEqual([]);
  });

  it("a name and password in the address are refused, and not logged", async () => {
    for (const path of ["/signin", "/dashboard.data", "/api/tasks", "/favicon.svg"]) {
      const wire = connectRawClient(tock.url);
      const { host: at } = new URL(tock.url);
      const { status } = await wire.send(lines(`GET http://ann:secret@${at}${path} HTTP/1.1`, host()));
      wire.close();
      expect(status, path).toBe(400);
    }
    expect(tock.log.join("\n")).not.toContain("ann:secret");
  });

  it("a client that leaves in the middle of a body, or of an answer, is no error", async () => {
    const json = { Authorization: `Bearer ${ann.token}`, "Content-Type": "application/json" };
    const starts = [
      `${requestHead(tock.url, "POST /api/tasks", { ...json, "Transfer-Encoding": "chunked" })}\r\n\r\n5\r\n{"tit`,
      `${requestHead(tock.url, "POST /api/tasks", { ...json, "Content-Length": "50" })}\r\n\r\n{"tit`,
      `${requestHead(tock.url, "POST /dashboard", { ...FORM, ...asAnn(), "Transfer-Encoding": "chunked" })}\r\n\r\n5\r\ninten`,
      `${requestHead(tock.url, "GET /dashboard", asAnn())}\r\n\r\n`,
    ];
    for (const start of starts) {
      for (const waitMs of [0, 2, 5, 20]) {
        const socket = openSocket(tock.url);
        socket.write(start);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        socket.destroy();
        if (!socket.closed) await once(socket, "close");
      }
    }
    expect((await ann.api("GET", "/api/tasks")).status).toBe(200);
    expect(errors()).toEqual([]);
  });
});

it("a CONNECT that its client leaves open is ended, and does not keep the process from stopping", async () => {
  const own = await startApp();
  const socket = connect({ port: Number(new URL(own.url).port), host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write(`CONNECT evil.example:443 HTTP/1.1\r\nHost: ${new URL(own.url).host}\r\n\r\n`);
  await once(socket, "data");
  const began = performance.now();
  expect(await own.stop()).toBe(0);
  socket.destroy();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(own.log.join("\n")).not.toContain("stopped before everything had ended");
});
