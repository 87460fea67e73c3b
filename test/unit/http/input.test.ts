import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseInput, parseQuery, parseTaskId, readJsonObject } from "#app/http/input.server.ts";
import { newTaskSchema, taskQuerySchema } from "#app/schemas/task.ts";

const request = (body: BodyInit | null, type: string | null = "application/json") =>
  new Request("http://localhost/", {
    method: "POST",
    body,
    headers: type === null ? {} : { "Content-Type": type },
  });
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
const failed = (code: string, fields?: string[]) =>
  expect.objectContaining({
    code,
    ...(fields && {
      details: expect.toSatisfy(
        (details: object) =>
          JSON.stringify(Object.keys(details).sort()) === JSON.stringify([...fields].sort()),
      ),
    }),
  });

describe("readJsonObject", () => {
  it.each([
    "application/json",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    'application/json; charset="UTF-8"',
    "application/json ;  charset = utf8",
  ])("reads a body of type %s", async (type) => {
    expect(await readJsonObject(request(`{"a":"é"}`, type))).toEqual({ a: "é" });
  });

  it.each([
    "text/plain",
    "application/json; charset=utf-16",
    "application/json, text/html",
    "application/x-json",
    "application/jsonx",
    " ",
  ])("rejects a body of type %j", async (type) => {
    await expect(readJsonObject(request(`{}`, type))).rejects.toEqual(failed("UNSUPPORTED_MEDIA_TYPE"));
    await expect(readJsonObject(request(`{}`, type), { optional: true })).rejects.toEqual(
      failed("UNSUPPORTED_MEDIA_TYPE"),
    );
  });

  it.each<[string, BodyInit]>([
    ["empty", ""],
    ["an array", "[]"],
    ["null", "null"],
    ["a string", `"a"`],
    ["truncated", `{"a":`],
    ["not UTF-8", bytes(`{"a":"`, [0xff], `"}`)],
    ["an overlong encoding", bytes(`{"a":"`, [0xc0, 0x80], `"}`)],
    ["an encoded surrogate", bytes(`{"a":"`, [0xed, 0xa0, 0x80], `"}`)],
  ])("rejects a body that is %s", async (_, body) => {
    await expect(readJsonObject(request(body))).rejects.toEqual(failed("VALIDATION_ERROR", ["body"]));
  });

  it("reads a missing body as an empty object only if the body is optional", async () => {
    for (const type of [null, "application/json", "text/plain"]) {
      expect(await readJsonObject(request(null, type), { optional: true })).toEqual({});
      await expect(readJsonObject(request(null, type))).rejects.toEqual(
        failed(type === "text/plain" ? "UNSUPPORTED_MEDIA_TYPE" : "VALIDATION_ERROR"),
      );
    }
  });

  it("does not let a body change an object's prototype", async () => {
    const own = await readJsonObject(request(`{"__proto__":{"x":1}}`));
    expect(() => parseInput(newTaskSchema, own)).toThrow(failed("VALIDATION_ERROR", ["__proto__"]));
    const sent = await readJsonObject(
      request(`{"title":"a","constructor":{"prototype":{"x":1}},"toString":1}`),
    );
    expect(() => parseInput(newTaskSchema, sent)).toThrow(
      failed("VALIDATION_ERROR", ["constructor", "toString"]),
    );
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe("parseInput", () => {
  it("reports every error by field, and errors of the whole input under form", () => {
    const schema = z
      .strictObject({
        a: z.string().min(2, "Long.").regex(/b/, "With b."),
        deep: z.object({ er: z.number("Number.") }),
      })
      .refine(() => false, { error: "All of it.", when: () => true });
    try {
      parseInput(schema, { a: "a", deep: { er: "x" }, other: 1, valueOf: 2 });
      expect.unreachable();
    } catch (error) {
      expect({ ...(error as { details: object }).details }).toEqual({
        a: ["Long.", "With b."],
        "deep.er": ["Number."],
        form: ["All of it."],
        other: [expect.any(String)],
        valueOf: [expect.any(String)],
      });
    }
  });
});

describe("parseQuery", () => {
  const read = (query: string) => parseQuery(new URL(`http://localhost/?${query}`), taskQuerySchema);
  it("decodes parameters and accepts an empty query", () => {
    expect(read("")).toEqual({ page: 1, limit: 20 });
    expect(read("p%61ge=%32&limit=5")).toEqual({ page: 2, limit: 5 });
  });
  it("rejects repeated parameters by name", () => {
    expect(() => read("page=1&page=1&limit=2&limit=3&completed=true")).toThrow(
      failed("VALIDATION_ERROR", ["page", "limit"]),
    );
    expect(() => read("__proto__=1&__proto__=2")).toThrow(failed("VALIDATION_ERROR"));
    expect(() => read("__proto__=1")).toThrow(failed("VALIDATION_ERROR"));
    expect(() => read("toString=1")).toThrow(failed("VALIDATION_ERROR", ["toString"]));
  });
});

it("parseTaskId throws NOT_FOUND for a value that is not an id", () => {
  expect(parseTaskId("17")).toBe(17);
  for (const raw of [undefined, "", "0", "x"]) expect(() => parseTaskId(raw)).toThrow(failed("NOT_FOUND"));
});
