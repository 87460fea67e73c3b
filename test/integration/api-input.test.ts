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

describe("sign-up refuses", () => {
  it.each<[string, unknown, string[]]>([
    ["nothing", {}, ["email", "name", "password"]],
    ["no email", { name: "A", password: PASSWORD }, ["email"]],
    ["an empty email", { email: "  ", name: "A", password: PASSWORD }, ["email"]],
    ["an email without a domain", { email: "ann@", name: "A", password: PASSWORD }, ["email"]],
    ["an email without @", { email: "ann.example.org", name: "A", password: PASSWORD }, ["email"]],
    ["an email with a blank", { email: "an n@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["two emails", { email: "a@example.org,b@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["an email of 255 characters", { email: longEmail(255), name: "A", password: PASSWORD }, ["email"]],
    ["an email with NUL", { email: "a\u0000@example.org", name: "A", password: PASSWORD }, ["email"]],
    ["a name of blanks", { email: email(), name: " \t\u00a0 ", password: PASSWORD }, ["name"]],
    [
      "a name of what only the database takes for blanks",
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
    ["one of the commonest passwords", { email: email(), name: "A", password: "password123" }, ["password"]],
    [
      "a commonest password in capitals",
      { email: email(), name: "A", password: "PassWord123" },
      ["password"],
    ],
    [
      "the own address as password",
      { email: "me.myself@example.org", name: "A", password: "Me.Myself@Example.org" },
      ["password"],
    ],
    ["a password that only counts", { email: email(), name: "A", password: "abcdefgh" }, ["password"]],
    ["the name of this app", { email: email(), name: "A", password: "tock tock" }, ["password"]],
    ["the own name", { email: email(), name: "Mary Brontë", password: "mary.brontë" }, ["password"]],
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
      "a key that every object has",
      { email: email(), name: "A", password: PASSWORD, constructor: 1, toString: 2 },
      ["constructor", "toString"],
    ],
  ])("%s", async (_, body, fields) => {
    expectError(
      await request(tock.url, "POST", "/api/auth/signup", { body }),
      422,
      "VALIDATION_ERROR",
      fields,
    );
  });

  it("never repeats a password that it refuses", async () => {
    const body = { email: "no address", name: "", password: "Pässw0rd-to-keep".repeat(9) };
    const answer = await request(tock.url, "POST", "/api/auth/signup", { body });
    expectError(answer, 422, "VALIDATION_ERROR", ["email", "name", "password"]);
    expect(answer.text).not.toContain("Pässw0rd");
  });
});

function longEmail(length: number): string {
  const domain = `@${"d".repeat(60)}.${"e".repeat(60)}.${"f".repeat(60)}.org`;
  return "a".repeat(length - domain.length) + domain;
}

it("sign-up takes what just fits: name 100, password 128 characters, counted as people count", async () => {
  const answer = await request(tock.url, "POST", "/api/auth/signup", {
    body: { email: email(), name: "🦉".repeat(100), password: "🌊".repeat(128) },
  });
  expect([answer.status, answer.body.user?.name]).toEqual([201, "🦉".repeat(100)]);
});

describe("sign-in and profile refuse", () => {
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
  ])("%s %s %j", async (method, path, body, fields) => {
    expectError(await ann.api(method, path, body), 422, "VALIDATION_ERROR", fields);
  });

  it("an empty change, and the own address as the new password", async () => {
    expectError(await ann.api("PUT", "/api/auth/profile", {}), 422, "VALIDATION_ERROR");
    const body = { password: ann.email.toUpperCase(), current_password: PASSWORD };
    expectError(await ann.api("PUT", "/api/auth/profile", body), 422, "VALIDATION_ERROR", ["password"]);
  });
});

/** What a title and a description may not be, wherever they are sent. */
const POOR_TEXTS: [string, unknown, string[]][] = [
  ["an empty title", { title: "" }, ["title"]],
  ["a title of blanks", { title: " \t\r\n\u00a0\u3000\ufeff" }, ["title"]],
  ["a title of what only the database takes for blanks", { title: "\u0085" }, ["title"]],
  ["a title of 201 characters", { title: "t".repeat(201) }, ["title"]],
  ["a title of 201 emoji", { title: "🐝".repeat(201) }, ["title"]],
  ["a title with NUL", { title: "a\u0000b" }, ["title"]],
  ["a title with half a surrogate pair", { title: "a\ud800b" }, ["title"]],
  ["a title that is null", { title: null }, ["title"]],
  ["a title that is a number", { title: 1 }, ["title"]],
  ["a title that is a list", { title: ["a"] }, ["title"]],
  ["a description of 1001 characters", { title: "a", description: "d".repeat(1001) }, ["description"]],
  ["a description with NUL", { title: "a", description: "\u0000" }, ["description"]],
  ["a description with half a surrogate pair", { title: "a", description: "\udfff" }, ["description"]],
  ["a description that is an object", { title: "a", description: {} }, ["description"]],
  ["an unknown key", { title: "a", user_id: randomUUID() }, ["user_id"]],
  ["an id", { title: "a", id: 1 }, ["id"]],
  ["several faults", { title: "", description: 1, colour: "red" }, ["title", "description", "colour"]],
];

describe("a task refuses", () => {
  it.each(POOR_TEXTS)("%s", async (_, body, fields) => {
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
  ])("%s …%s %j", async (method, path, body, fields) => {
    const target = path.startsWith("/api") ? path : taskPath + path;
    expectError(await ann.api(method, target, body), 422, "VALIDATION_ERROR", fields);
  });

  it("but takes what just fits, counted in characters after trimming", async () => {
    const body = { title: ` ${"🐝".repeat(200)} `, description: `\n${"ü".repeat(500)}${"🐝".repeat(500)}\n` };
    const answer = await ann.api("POST", "/api/tasks", body);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ title: body.title.trim(), description: body.description.trim() });
    expect((await ann.api("PUT", taskPath, body)).status).toBe(200);
  });
});

describe("an id that is no positive safe integer names nothing", () => {
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

describe("a query string refuses", () => {
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
  ])("%s", async (query, fields) => {
    expectError(await ann.api("GET", `/api/tasks?${query}`), 422, "VALIDATION_ERROR", fields);
  });

  it("but takes the edges, and a page beyond the last is empty", async () => {
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

describe("a body", () => {
  it.each<[string, string | Uint8Array]>([
    ["nothing", ""],
    ["half an object", `{"title":`],
    ["two objects", `{"title":"a"}{"title":"b"}`],
    ["a form", "title=a"],
    ["a list", `[{"title":"a"}]`],
    ["a text", `"title"`],
    ["a number", "1"],
    ["null", "null"],
    ["single quotes", "{'title':'a'}"],
    ["a comment", `{"title":"a"/* */}`],
    ["UTF-8 that is cut off", Buffer.from([...Buffer.from(`{"title":"`), 0xf0, 0x9f, ...Buffer.from(`"}`)])],
    ["Latin-1", Buffer.from(`{"title":"é"}`, "latin1")],
    ["UTF-16", Buffer.from(`{"title":"a"}`, "utf16le")],
    ["compressed", Buffer.from("1f8b0800000000000003ab562ac92cc94955b25202000000ffff", "hex")],
    ["lists 30,000 deep", nested(30_000)],
    ["a __proto__", `{"title":"a","__proto__":{"completed":true}}`],
    ["only a __proto__", `{"__proto__":{"title":"a"}}`],
  ])("that is %s is 422", async (_, body) => {
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
  ])("of type %s is 415", async (type) => {
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

  it("without a type is 415", async () => {
    expectError(await send(`{"title":"a"}`, {}), 415, "UNSUPPORTED_MEDIA_TYPE");
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON;charset=UTF-8",
    `application/json; charset="utf-8"`,
  ])("of type %s is read", async (type) => {
    expect((await send(`{"title":"a"}`, { "Content-Type": type })).status).toBe(201);
  });

  it("that is absent toggles, whatever type is claimed for it", async () => {
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

describe("a body over 64 KiB is 413", () => {
  const padded = (bytes: number) => `{"title":"a"${" ".repeat(bytes - 13)}}`;
  const PATHS = [
    ["POST", "/api/tasks"],
    ["POST", "/api/auth/signup"],
    ["POST", "/api/auth/signin"],
    ["POST", "/api/auth/signout"],
    ["POST", "/api/nothing"],
  ] as const;

  it.each(PATHS)("declared: %s %s", async (method, path) => {
    expectError(await send(padded(64 * KIB + 1), JSON_TYPE, method, path), 413, "PAYLOAD_TOO_LARGE");
  });

  it.each(PATHS)("in chunks: %s %s", async (method, path) => {
    const chunks = Array.from({ length: 66 }, () => " ".repeat(KIB));
    expectError(await send(chunks, JSON_TYPE, method, path), 413, "PAYLOAD_TOO_LARGE");
  });

  it("and one of 64 KiB is read, declared or in chunks", async () => {
    const body = padded(64 * KIB);
    expect((await send(body)).status).toBe(201);
    expect((await send([body.slice(0, 1000), body.slice(1000)])).status).toBe(201);
  });
});

describe("another method is 405, and says which are possible", () => {
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
  it.each(ROUTES)("%s", async (path, possible) => {
    const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => !possible.includes(method));
    for (const method of others) {
      for (const headers of [bearer(), {}]) {
        const answer = await rawRequest(tock.url, method, path, { headers });
        expectError(answer, 405, "METHOD_NOT_ALLOWED");
        expect(answer.headers.get("Allow")?.split(/, */).sort()).toEqual(possible);
      }
    }
  });

  it.each(["OPTIONS", "TRACE", "PROPFIND", "SEARCH", "PURGE"])(
    "%s is not possible anywhere",
    async (method) => {
      for (const path of ["/api/tasks", "/api/nothing", "/health"]) {
        const answer: TestResponse = await rawRequest(tock.url, method, path, { headers: bearer() });
        expectError(answer, 405, "METHOD_NOT_ALLOWED");
        expect(answer.headers.get("Allow")).toMatch(/GET/);
      }
    },
  );
});

describe("an unknown path under /api is 404, in JSON", () => {
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

it("HEAD answers as GET does, without the body", async () => {
  for (const [path, status] of [
    ["/api/tasks", 200],
    [taskPath, 200],
    ["/api/nothing", 404],
    ["/health", 200],
  ] as const) {
    const answer = await rawRequest(tock.url, "HEAD", path, { headers: bearer() });
    expect([answer.status, answer.text]).toEqual([status, ""]);
    expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
  }
});

it("an id that names no task is a 404, whatever else is wrong with the request", async () => {
  for (const id of ["abc", "0", "-1", "1.5", "01", "9007199254740992", "%00"]) {
    for (const [method, path] of [
      ["PUT", ""],
      ["PATCH", "/complete"],
    ] as const) {
      expectError(await ann.api(method, `/api/tasks/${id}${path}`, "{ bad"), 404, "NOT_FOUND");
    }
  }
});
