import fc from "fast-check";
import { bytes, encode, fieldName, text } from "./strings.ts";

const jsonValue = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null, 0, -1, 1e21, [], {}, [[]], { a: { b: [] } }) },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 3, maxKeys: 4 }) },
);
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "{}";
  }
}
const objectFields = fc.array(fc.tuple(fieldName, jsonValue), { maxLength: 5 });
/** Serialised by hand, so that keys may repeat and `__proto__` is an own key. */
const jsonObject = objectFields.map(
  (fields) =>
    `{${fields.map(([key, value]) => `${stringify(key)}:${stringify(value) || "null"}`).join(",")}}`,
);
const DEPTHS = [50, 5_000, 25_000];
const oddJson = fc.oneof(
  fc.constantFrom(...DEPTHS).map((depth) => `{"title":${"[".repeat(depth)}${"]".repeat(depth)}}`),
  fc.constantFrom(...DEPTHS).map((depth) => `${'{"a":'.repeat(depth / 5)}1${"}".repeat(depth / 5)}`),
  fc.constantFrom(
    "",
    "{",
    "[]",
    '"',
    "nul",
    "NaN",
    "[1,]",
    "{'a':1}",
    '{"a":1}{"a":2}',
    "\ufeff{}",
    "//\n{}",
  ),
  fc.constantFrom(
    '{"title":1e999}',
    '{"title":-0}',
    '{"title":"\\ud800"}',
    '{"title":"\\u0000"}',
    '{"title":"a","title":7}',
    '{"__proto__":{"title":"x"}}',
  ),
  fc.json(),
);
const json = fc
  .oneof({ weight: 5, arbitrary: jsonObject }, { weight: 3, arbitrary: oddJson })
  .map((value) => Buffer.from(value));
const form = fc
  .array(
    fc.tuple(fieldName, fc.oneof(text, fc.constantFrom("add", "complete", "delete", "profile", "password"))),
    { maxLength: 6 },
  )
  .map((fields) => Buffer.from(fields.map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&")));
function distinctFields(count: number): string {
  return Array.from({ length: count }, (_, at) => `${at.toString(36)}=x`).join("&");
}
const oddForm = fc
  .constantFrom(
    "&&&",
    "=&=",
    "%",
    "intent=%ED%A0%80&title=%FF",
    "intent=add&title=%00",
    "a[b][c]=1",
    "intent=add&intent=delete",
    "intent=add&title=a&title=b",
    distinctFields(101),
    distinctFields(5_000),
  )
  .map((value) => Buffer.from(value));
const BOUNDARY = "----hostile";
const multipart = fc
  .array(
    fc.tuple(
      fieldName,
      text,
      fc.constantFrom("", '; filename="a.txt"', '; filename="../../x\r\nA: b"', "; name="),
    ),
    { maxLength: 4 },
  )
  .chain((parts) =>
    fc.constantFrom(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}--`, "", `--${BOUNDARY}`).map((end) => {
      const lines = parts.map(
        ([key, value, parameters]) =>
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${key}"${parameters}\r\n\r\n${value}\r\n`,
      );
      return Buffer.from(lines.join("") + end);
    }),
  );
/** Around the limit of 64 KiB. */
const large = fc.constantFrom(65_535, 65_536, 65_537, 100_000).map((length) => Buffer.alloc(length, "x"));

export interface Body {
  /** The Content-Type. */
  type: string | undefined;
  body: Buffer | undefined;
}
const withType = (type: string, body: fc.Arbitrary<Buffer>): fc.Arbitrary<Body> =>
  body.map((value) => ({ type, body: value }));
const ODD_TYPES = [
  "",
  "nonsense",
  "application/json; charset=utf-16",
  "text/plain",
  "text/xml",
  "application/x-www-form-urlencoded; boundary=x",
  "multipart/form-data",
  "multipart/form-data; boundary=",
  "multipart/mixed; boundary=x",
  "application/json, text/html",
  "application/jsonx",
];
export const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: withType("application/json", json) },
  {
    weight: 6,
    arbitrary: withType(
      "application/x-www-form-urlencoded",
      fc.oneof({ weight: 5, arbitrary: form }, { weight: 1, arbitrary: oddForm }),
    ),
  },
  { weight: 2, arbitrary: withType(`multipart/form-data; boundary=${BOUNDARY}`, multipart) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...ODD_TYPES), fc.oneof(json, form, bytes))
      .map(([type, value]) => ({ type, body: value })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("application/json", "application/x-www-form-urlencoded"), bytes)
      .map(([type, value]) => ({ type, body: value })),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("application/json", undefined), body: large }) },
  { weight: 1, arbitrary: fc.constant<Body>({ type: undefined, body: undefined }) },
);
