import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, PASSWORD, request, type TestResponse, type TestUser } from "../support/users.ts";

const KIB = 1024;
let tock: AppServer;
let ann: TestUser;
let taskPath: string;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock, { email: `input.${randomUUID()}@example.org` });
  taskPath = `/api/tasks/${(await ann.api("POST", "/api/tasks", { title: "present" })).body.id}`;
});
afterAll(() => tock?.stop());

const nested = (depth: number) => `{"title":${"[".repeat(depth)}${"]".repeat(depth)}}`;
const bearer = () => ({ Authorization: `Bearer ${ann.token}` });
const JSON_TYPE = { "Content-Type": "application/json" };
const email = () => `${randomUUID()}@example.org`;

describe("POST /api/auth/signup", () => {
  it.each<[string, unknown, string[]]>([
    ["an empty object", {}, ["email", "name", "password"]],
    ["no email", { name: "A", password: PASSWORD }, ["email"]],
    ["an empty email", { email: "  ", name: "A", password: PASSWORD }, ["email"]],
    ["an email without a domain", { email: "ann@", name: "A", password: PASSWORD }, ["email"]],
    ["an email without @", { email: "ann.example.org", name: "A", password: PASSWORD }, ["email"]],
    ["an email with a space", { email: "an n@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["two emails", { email: "a@example.org,b@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["an email of 255 characters", { email: longEmail(255), name: "A", password: PASSWORD }, ["email"]],
    ["an email with NUL", { email: "a\u0000@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["a name of spaces", { email: email(), name: " \t\u00a0 ", password: PASSWORD }, ["name"]],
    [
      "a name of characters that only PostgreSQL trims",
      { email: email(), name: "\u0085", password: PASSWORD },
      ["name"],
    ],
    ["a name of 101 characters", { email: email(), name: "n".repeat(101), password: PASSWORD }, ["name"]],
    ["a name with NUL", { email: email(), name: "A\u0000", password: PASSWORD }, ["name"]],
    ["a name with half a surrogate pair", { email: email(), name: "A\ud83d", password: PASSWORD }, ["name"]],
    ["a password of 7 characters", { email: email(), name: "A", password: "x7&kQ9z" }, ["password"]],
    [
      "a password of 7 emoji, 14 units long",
      { email: email(), name: "A", password: "🦊🐻🐼🐨🐯🦁🐮" },
      ["password"],
    ],
    ["a password of 129 characters", { email: email(), name: "A", password: "p".repeat(129) }, ["password"]],
    ["a common password", { email: email(), name: "A", password: "password123" }, ["password"]],
    [
      "a common password in another case",
      { email: email(), name: "A", password: "PassWord123" },
      ["password"],
    ],
    [
      "the user's email as password",
      { email: "me.myself@example.org", name: "A", password: "Me.Myself@Example.org" },
      ["password"],
    ],
    ["a sequence as password", { email: email(), name: "A", password: "abcdefgh" }, ["password"]],
    ["the name of the app as password", { email: email(), name: "A", password: "tock tock" }, ["password"]],
    [
      "the user's name as password",
      { email: email(), name: "Mary Brontë", password: "mary.brontë" },
      ["password"],
    ],
    ["a password with NUL", { email: email(), name: "A", password: "lantern\u0000river" }, ["password"]],
    [
      "a password with half a surrogate pair",
      { email: email(), name: "A", password: "lantern \ude00 river" },
      ["password"],
    ],
    ["wrong types", { email: 1, name: ["A"], password: { length: 9 } }, ["email", "name", "password"]],
    ["null", { email: null, name: null, password: null }, ["email", "name", "password"]],
    ["an unknown key", { email: email(), name: "A", password: PASSWORD, admin: true }, ["admin"]],
    [
      "keys of Object.prototype",
      { email: email(), name: "A", password: PASSWORD, constructor: 1, toString: 2 },
      ["constructor", "toString"],
    ],
  ])("rejects %s", async (_, body, fields) => {
    expectError(
      await request(tock.url, "POST", "/api/auth/signup", { body }),
      422,
      "VALIDATION_ERROR",
      fields,
    );
  });

  it("does not repeat a rejected password in the response", async () => {
    const body = { email: "no address", name: "", password: "Pässw0rd-to-keep".repeat(9) };
    const response = await request(tock.url, "POST", "/api/auth/signup", { body });
    expectError(response, 422, "VALIDATION_ERROR", ["email", "name", "password"]);
    expect(response.text).not.toContain("Pässw0rd");
  });
});

function longEmail(length: number): string {
  const domain = `@${"d".repeat(60)}.${"e".repeat(60)}.${"f".repeat(60)}.org`;
  return "a".repeat(length - domain.length) + domain;
}

it("POST /api/auth/signup accepts a name of 100 and a password of 128 characters, counted as code points", async () => {
  const response = await request(tock.url, "POST", "/api/auth/signup", {
    body: { email: email(), name: "🦉".repeat(100), password: "🌊".repeat(128) },
  });
  expect([response.status, response.body.user?.name]).toEqual([201, "🦉".repeat(100)]);
});

describe("sign-in and profile", () => {
  it.each<[string, string, unknown, string[]]>([
    ["POST", "/api/auth/signin", {}, ["email", "password"]],
    ["POST", "/api/auth/signin", { email: "nonsense", password: "x" }, ["email"]],
    ["POST", "/api/auth/signin", { email: "a@example.org", password: "" }, ["password"]],
    ["POST", "/api/auth/signin", { email: "a@example.org", password: 12345678 }, ["password"]],
    ["POST", "/api/auth/signin", { email: "a@example.org", password: "x", remember: true }, ["remember"]],
    ["PUT", "/api/auth/profile", { name: "" }, ["name"]],
    ["PUT", "/api/auth/profile", { name: null }, ["name"]],
    ["PUT", "/api/auth/profile", { email: "nonsense" }, ["email"]],
    ["PUT", "/api/auth/profile", { name: "A", id: randomUUID() }, ["id"]],
    ["PUT", "/api/auth/profile", { password: "a new and good one" }, ["current_password"]],
    ["PUT", "/api/auth/profile", { current_password: PASSWORD }, ["password"]],
    ["PUT", "/api/auth/profile", { password: "short", current_password: PASSWORD }, ["password"]],
    ["PUT", "/api/auth/profile", { password: "password123", current_password: PASSWORD }, ["password"]],
    [
      "PUT",
      "/api/auth/profile",
      { name: "A", password: "a new and good one", current_password: PASSWORD },
      ["name"],
    ],
  ])("reject %s %s %j", async (method, path, body, fields) => {
    expectError(await ann.api(method, path, body), 422, "VALIDATION_ERROR", fields);
  });

  it("reject an empty change and the user's email as the new password", async () => {
    expectError(await ann.api("PUT", "/api/auth/profile", {}), 422, "VALIDATION_ERROR");
    const body = { password: ann.email.toUpperCase(), current_password: PASSWORD };
    expectError(await ann.api("PUT", "/api/auth/profile", body), 422, "VALIDATION_ERROR", ["password"]);
  });
});

/** Invalid titles and descriptions of new and changed tasks. */
const INVALID_TEXTS: [string, unknown, string[]][] = [
  ["an empty title", { title: "" }, ["title"]],
  ["a title of spaces", { title: " \t\r\n\u00a0\u3000\ufeff" }, ["title"]],
  ["a title of characters that only PostgreSQL trims", { title: "\u0085" }, ["title"]],
  ["a title of 201 characters", { title: "t".repeat(201) }, ["title"]],
  ["a title of 201 emoji", { title: "🐝".repeat(201) }, ["title"]],
  ["a title with NUL", { title: "a\u0000b" }, ["title"]],
  ["a title with half a surrogate pair", { title: "a\ud800b" }, ["title"]],
  ["a title that is null", { title: null }, ["title"]],
  ["a title that is a number", { title: 1 }, ["title"]],
  ["a title that is an array", { title: ["a"] }, ["title"]],
  ["a description of 1001 characters", { title: "a", description: "d".repeat(1001) }, ["description"]],
  ["a description with NUL", { title: "a", description: "\u0000" }, ["description"]],
  ["a description with half a surrogate pair", { title: "a", description: "\udfff" }, ["description"]],
  ["a description that is an object", { title: "a", description: {} }, ["description"]],
  ["an unknown key", { title: "a", user_id: randomUUID() }, ["user_id"]],
  ["an id", { title: "a", id: 1 }, ["id"]],
  ["several errors", { title: "", description: 1, colour: "red" }, ["title", "description", "colour"]],
];

describe("POST /api/tasks and PUT /api/tasks/{id}", () => {
  it.each(INVALID_TEXTS)("reject %s", async (_, body, fields) => {
    expectError(await ann.api("POST", "/api/tasks", body), 422, "VALIDATION_ERROR", fields);
    expectError(await ann.api("PUT", taskPath, body), 422, "VALIDATION_ERROR", fields);
  });

  it.each<[string, string, unknown, string[] | undefined]>([
    ["POST", "/api/tasks", {}, ["title"]],
    ["POST", "/api/tasks", { title: "a", completed: true }, ["completed"]],
    ["PUT", "", {}, undefined],
    ["PUT", "", { completed: "true" }, ["completed"]],
    ["PUT", "", { completed: null }, ["completed"]],
    ["PUT", "", { created_at: "2020-01-01T00:00:00.000Z", title: "a" }, ["created_at"]],
    ["PATCH", "/complete", { completed: "yes" }, ["completed"]],
    ["PATCH", "/complete", { completed: null }, ["completed"]],
    ["PATCH", "/complete", { done: true }, ["done"]],
  ])("reject %s %s %j", async (method, path, body, fields) => {
    const target = path.startsWith("/api") ? path : taskPath + path;
    expectError(await ann.api(method, target, body), 422, "VALIDATION_ERROR", fields);
  });

  it("accept texts of the maximum length, counted in code points after trimming", async () => {
    const body = { title: ` ${"🐝".repeat(200)} `, description: `\n${"ü".repeat(500)}${"🐝".repeat(500)}\n` };
    const response = await ann.api("POST", "/api/tasks", body);
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ title: body.title.trim(), description: body.description.trim() });
    expect((await ann.api("PUT", taskPath, body)).status).toBe(200);
  });
});

describe("a task id that is not a positive safe integer returns 404", () => {
  it.each([
    "0",
    "-1",
    "01",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "abc",
    "NaN",
    "9007199254740992",
    "9223372036854775808",
    "1".repeat(400),
    "%00",
    "%20",
    "1%20",
    "１",
    "%F0%9F%98%80",
    "1;drop",
    "%FF",
    "null",
    "1.0",
  ])("%s", async (id) => {
    const headers = { ...bearer(), ...JSON_TYPE };
    const path = `/api/tasks/${/[^\x20-\x7e]/.test(id) ? encodeURIComponent(id) : id}`;
    expectError(await rawRequest(tock.url, "GET", path, { headers }), 404, "NOT_FOUND");
    expectError(
      await rawRequest(tock.url, "PUT", path, { headers, body: `{"title":"x"}` }),
      404,
      "NOT_FOUND",
    );
    expectError(await rawRequest(tock.url, "DELETE", path, { headers }), 404, "NOT_FOUND");
    expectError(await rawRequest(tock.url, "PATCH", `${path}/complete`, { headers }), 404, "NOT_FOUND");
  });
});

describe("GET /api/tasks", () => {
  it.each<[string, string[]]>([
    ["page=0", ["page"]],
    ["page=-1", ["page"]],
    ["page=1.5", ["page"]],
    ["page=1e2", ["page"]],
    ["page=", ["page"]],
    ["page=one", ["page"]],
    ["page=%00", ["page"]],
    ["page=99999999999999999999", ["page"]],
    ["limit=0", ["limit"]],
    ["limit=101", ["limit"]],
    ["limit=-5", ["limit"]],
    ["limit=abc", ["limit"]],
    ["limit=10.0", ["limit"]],
    ["limit=Infinity", ["limit"]],
    ["completed=yes", ["completed"]],
    ["completed=", ["completed"]],
    ["completed=TRUE", ["completed"]],
    ["completed=1", ["completed"]],
    ["sort=title", ["sort"]],
    ["page=1&page=2", ["page"]],
    ["completed=true&completed=true", ["completed"]],
    ["page=0&limit=0&completed=x&y=1", ["page", "limit", "completed", "y"]],
  ])("rejects the query %s", async (query, fields) => {
    expectError(await ann.api("GET", `/api/tasks?${query}`), 422, "VALIDATION_ERROR", fields);
  });

  it("accepts limits from 1 to 100 and returns an empty page beyond the last", async () => {
    for (const query of ["limit=1", "limit=100", "page=1&limit=100&completed=false"]) {
      expect((await ann.api("GET", `/api/tasks?${query}`)).status).toBe(200);
    }
    const far = await ann.api("GET", "/api/tasks?page=4000000000&limit=100");
    expect([far.status, far.body.data, far.body.pagination.page]).toEqual([200, [], 4_000_000_000]);
  });
});

const send = (
  body: string | Uint8Array | string[],
  headers: Record<string, string> = JSON_TYPE,
  method = "POST",
  path = "/api/tasks",
) => rawRequest(tock.url, method, path, { headers: { ...bearer(), ...headers }, body });

describe("a JSON request body", () => {
  it.each<[string, string | Uint8Array]>([
    ["empty", ""],
    ["a truncated object", `{"title":`],
    ["two objects", `{"title":"a"}{"title":"b"}`],
    ["a form", "title=a"],
    ["an array", `[{"title":"a"}]`],
    ["a string", `"title"`],
    ["a number", "1"],
    ["null", "null"],
    ["quoted with single quotes", "{'title':'a'}"],
    ["an object with a comment", `{"title":"a"/* */}`],
    ["truncated UTF-8", Buffer.from([...Buffer.from(`{"title":"`), 0xf0, 0x9f, ...Buffer.from(`"}`)])],
    ["Latin-1", Buffer.from(`{"title":"é"}`, "latin1")],
    ["UTF-16", Buffer.from(`{"title":"a"}`, "utf16le")],
    ["compressed", Buffer.from("1f8b0800000000000003ab562ac92cc94955b25202000000ffff", "hex")],
    ["nested 30,000 levels deep", nested(30_000)],
    ["an object with __proto__", `{"title":"a","__proto__":{"completed":true}}`],
    ["an object with __proto__ only", `{"__proto__":{"title":"a"}}`],
  ])("that is %s returns 422", async (_, body) => {
    expectError(await send(body), 422, "VALIDATION_ERROR");
    expectError(await send(body, JSON_TYPE, "POST", "/api/auth/signup"), 422, "VALIDATION_ERROR");
    if (body !== "")
      expectError(await send(body, JSON_TYPE, "PATCH", `${taskPath}/complete`), 422, "VALIDATION_ERROR");
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin1",
    "application/jsonp",
    "text/json",
    "nonsense",
  ])("of type %s returns 415", async (type) => {
    for (const [method, path] of [
      ["POST", "/api/tasks"],
      ["PUT", taskPath],
      ["PATCH", `${taskPath}/complete`],
      ["POST", "/api/auth/signin"],
      ["POST", "/api/auth/signup"],
      ["PUT", "/api/auth/profile"],
    ] as const) {
      expectError(
        await send(`{"title":"a"}`, { "Content-Type": type }, method, path),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
      );
    }
  });

  it("without a type returns 415", async () => {
    expectError(await send(`{"title":"a"}`, {}), 415, "UNSUPPORTED_MEDIA_TYPE");
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    `application/json; charset="utf-8"`,
  ])("of type %s is accepted", async (type) => {
    expect((await send(`{"title":"a"}`, { "Content-Type": type })).status).toBe(201);
  });

  it("may be missing for a toggle, with any Content-Type", async () => {
    for (const headers of [{}, JSON_TYPE, { "Content-Type": "text/plain" }]) {
      expect((await send("", headers, "PATCH", `${taskPath}/complete`)).status).toBe(200);
      expect(
        (
          await rawRequest(tock.url, "PATCH", `${taskPath}/complete`, {
            headers: { ...bearer(), ...headers },
          })
        ).status,
      ).toBe(200);
    }
  });
});

describe("the limit of 64 KiB for a body", () => {
  const padded = (bytes: number) => `{"title":"a"${" ".repeat(bytes - 13)}}`;
  const PATHS = [
    ["POST", "/api/tasks"],
    ["POST", "/api/auth/signup"],
    ["POST", "/api/auth/signin"],
    ["POST", "/api/auth/signout"],
    ["POST", "/api/nothing"],
  ] as const;

  it.each(PATHS)("returns 413 with Content-Length: %s %s", async (method, path) => {
    expectError(await send(padded(64 * KIB + 1), JSON_TYPE, method, path), 413, "PAYLOAD_TOO_LARGE");
  });

  it.each(PATHS)("returns 413 for a chunked body: %s %s", async (method, path) => {
    const chunks = Array.from({ length: 66 }, () => " ".repeat(KIB));
    expectError(await send(chunks, JSON_TYPE, method, path), 413, "PAYLOAD_TOO_LARGE");
  });

  it("accepts exactly 64 KiB, with Content-Length or chunked", async () => {
    const body = padded(64 * KIB);
    expect((await send(body)).status).toBe(201);
    expect((await send([body.slice(0, 1000), body.slice(1000)])).status).toBe(201);
  });
});

describe("an unsupported method returns 405 and lists the supported ones", () => {
  const ROUTES: [string, string[]][] = [
    ["/api/auth/signup", ["POST"]],
    ["/api/auth/signin", ["POST"]],
    ["/api/auth/signout", ["POST"]],
    ["/api/auth/profile", ["GET", "HEAD", "PUT"]],
    ["/api/tasks", ["GET", "HEAD", "POST"]],
    ["/api/tasks/1", ["DELETE", "GET", "HEAD", "PUT"]],
    ["/api/tasks/1/complete", ["PATCH"]],
    ["/health", ["GET", "HEAD"]],
  ];
  it.each(ROUTES)("%s", async (path, supported) => {
    const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => !supported.includes(method));
    for (const method of others) {
      for (const headers of [bearer(), {}]) {
        const response = await rawRequest(tock.url, method, path, { headers });
        expectError(response, 405, "METHOD_NOT_ALLOWED");
        expect(response.headers.get("Allow")?.split(/, */).sort()).toEqual(supported);
      }
    }
  });

  it.each(["OPTIONS", "TRACE", "PROPFIND", "SEARCH", "PURGE"])(
    "%s returns 405 for every API path",
    async (method) => {
      for (const path of ["/api/tasks", "/api/nothing", "/health"]) {
        const response: TestResponse = await rawRequest(tock.url, method, path, { headers: bearer() });
        expectError(response, 405, "METHOD_NOT_ALLOWED");
        expect(response.headers.get("Allow")).toMatch(/GET/);
      }
    },
  );
});

describe("an unknown path under /api returns 404 as JSON", () => {
  it.each([
    "/api",
    "/api/",
    "/api/nothing",
    "/api/tasks/1/nothing",
    "/api/tasks/1/complete/2",
    "/api/auth",
    "/api/auth/sign-up",
    "/api/tasks.data",
    "/api/%E0%A4%A",
    "/api/%00",
    "/api/..%2f..%2fetc%2fpasswd",
    "/api/auth/get-session",
    "/api/auth/sign-in/email",
  ])("%s", async (path) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      for (const headers of [bearer(), {}]) {
        expectError(await rawRequest(tock.url, method, path, { headers }), 404, "NOT_FOUND");
      }
    }
  });
});

it("HEAD returns the status and headers of GET without a body", async () => {
  for (const [path, status] of [
    ["/api/tasks", 200],
    [taskPath, 200],
    ["/api/nothing", 404],
    ["/health", 200],
  ] as const) {
    const response = await rawRequest(tock.url, "HEAD", path, { headers: bearer() });
    expect([response.status, response.text]).toEqual([status, ""]);
    expect(response.headers.get("Content-Type")).toMatch(/^application\/json/);
  }
});

it("an invalid task id returns 404 before the body is parsed", async () => {
  for (const id of ["abc", "0", "-1", "1.5", "01", "9007199254740992", "%00"]) {
    for (const [method, path] of [
      ["PUT", ""],
      ["PATCH", "/complete"],
    ] as const) {
      expectError(await ann.api(method, `/api/tasks/${id}${path}`, "{ bad"), 404, "NOT_FOUND");
    }
  }
});
