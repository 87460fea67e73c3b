import fc from "fast-check";

const HOSTILE_STRINGS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udfffy",
  "\ufeff",
  "\u202etxt.exe",
  "null",
  "undefined",
  "true",
  "NaN",
  "Infinity",
  "-0",
  "0x10",
  "1e400",
  "9007199254740993",
  "99999999999999999999999999",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "../../../../etc/passwd",
  "..\\..\\windows\\win.ini",
  "%2e%2e%2f%2e%2e%2f.env",
  "file:///etc/passwd",
  "//evil.example",
  "/\\evil.example",
  "javascript:alert(1)",
  "<script>alert(1)</script>",
  `"><img src=x onerror=alert(1)>`,
  "</script><script>alert(1)</script>",
  "{{7*7}}",
  "$" + "{7*7}",
  "' OR '1'='1",
  "'; DROP TABLE task; --",
  "1; select pg_sleep(10)",
  "\\",
  "%00",
  "%",
  "%zz",
  "%c0%ae",
  "田中さん",
  "/田中さん",
  "/ä?x=ß",
  "Ω≈ç√∫",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "ﷺ".repeat(60),
  "Z̷͈̈a̶̬͝l̷̥̈g̶̟̀o̸͎̿".repeat(20),
  "a".repeat(1001),
  "\r\nSet-Cookie: a=b",
  "\u2028\u2029",
  "١٢٣",
  "😀".repeat(129),
];

/** One of HOSTILE_STRINGS. */
export const hostileString = fc.constantFrom(...HOSTILE_STRINGS);
/** Mostly hostile strings, else random text. */
export const text = fc.oneof(
  { weight: 4, arbitrary: hostileString },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
export const bytes = fc.uint8Array({ maxLength: 200 }).map((values) => Buffer.from(values));

const FIELD_NAMES = [
  "title",
  "description",
  "completed",
  "email",
  "name",
  "password",
  "current_password",
  "intent",
  "id",
  "user_id",
  "return_to",
  "redirectTo",
  "__proto__",
  "constructor",
  "toString",
];
/** A field name that the forms and the API read, or text. */
export const fieldName = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...FIELD_NAMES) },
  { weight: 1, arbitrary: text },
);

/** Percent-encodes text, with lone surrogates replaced. */
export function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** Removes white space, control characters and characters above U+00FF: they would end the request line. */
export const printable = (value: string): string => value.replace(/[\s\p{Cc}]|[^\p{Cc}\x20-\xff]/gu, "");
