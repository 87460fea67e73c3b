import fc from "fast-check";
import { bytes, hostileString, printable } from "./strings.ts";

const headerValue = fc.oneof(
  hostileString.map(printable),
  fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/g, "").trim()),
  bytes.map((value) =>
    value
      .toString("latin1")
      .replace(/\p{Cc}/gu, "")
      .trim(),
  ),
);
const ODD_HEADERS: [string, string][] = [
  ["Accept", "text/html;q=nonsense, */*;q=-1"],
  ["Accept-Encoding", "br;q=0, gzip;q=0, *;q=0"],
  ["Accept-Encoding", "gzip, deflate, br, zstd"],
  ["Accept-Language", "*;q=9,,,;;"],
  ["Range", "bytes=0-0,1-1,2-2"],
  ["Range", "bytes=-99999999999999999999"],
  ["If-None-Match", "*"],
  ["If-None-Match", 'W/"1", "'],
  ["If-Match", `"1",${" ,".repeat(2_000)}`],
  ["If-Match", '"1" "2"'],
  ["Idempotency-Key", '"\\x", "'],
  ["If-Modified-Since", "yesterday"],
  ["X-Forwarded-For", "' or 1=1 --, ::1, 127.0.0.1"],
  ["X-Forwarded-Host", "evil.example"],
  ["X-Forwarded-Proto", "javascript"],
  ["Forwarded", 'for="[::1]";host=evil.example;proto=https'],
  ["X-Real-IP", "127.0.0.1"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["X-Original-URL", "/api/auth/account"],
  ["X-Remix-Revalidate", "yes"],
  ["X-Remix-Reload-Document", "true"],
  ["Purpose", "prefetch"],
  ["Content-Encoding", "gzip"],
  ["Content-Encoding", "br, identity"],
  ["Expect", "100-continue"],
  ["Expect", "the unexpected"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade, HTTP2-Settings"],
  ["Connection", "X-Forwarded-For, Authorization"],
  ["TE", "trailers, deflate;q=0.5"],
  ["Trailer", "Authorization"],
  ["Origin", "null"],
  ["Origin", "https://evil.example"],
  ["Sec-Fetch-Site", "cross-site"],
  ["Sec-Fetch-Site", "same-origin"],
  ["Referer", "http://[::1"],
  ["User-Agent", "x".repeat(4_000)],
  ["User-Agent", "Googlebot/2.1"],
  ["Cookie", "tock=%E0%A4%A; tock=.; =; ;;;"],
  ["Cookie", `tock=${"A".repeat(8_000)}`],
  ["Cookie", "__proto__=1; constructor=2"],
  ["Authorization", "Bearer"],
  ["Authorization", "Bearer a b"],
  ["Authorization", "Basic YWxhZGRpbjpvcGVuc2VzYW1l"],
  ["Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."],
  ["Authorization", `Bearer ${"a".repeat(7_000)}`],
  ["__proto__", "x"],
  ["constructor", "x"],
  ["!#$%&'*+-.^_`|~", "x"],
];
const header: fc.Arbitrary<[string, string]> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...ODD_HEADERS) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom(...ODD_HEADERS).map(([odd]) => odd),
      headerValue,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/).map((odd) => `X-${odd}`),
      headerValue,
    ),
  },
);
const manyHeaders = fc
  .tuple(fc.integer({ min: 100, max: 4_000 }), fc.integer({ min: 0, max: 300 }))
  .map(([count, length]) =>
    Array.from({ length: count }, (_, at): [string, string] => [`X-${at}`, "f".repeat(length)]),
  );
const fewHeaders = fc.oneof(
  { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
  { weight: 6, arbitrary: fc.array(header, { minLength: 1, maxLength: 4 }) },
);
/** Fills the 1,000 headers that Node parses by default, so that the headers that matter come after them. */
const lateHeaders = fc
  .tuple(fc.integer({ min: 990, max: 1_100 }), fewHeaders)
  .map(([count, last]): [string, string][] => [
    ...Array.from({ length: count }, (_, at): [string, string] => [`a${at}`, ""]),
    ...last,
  ]);
export const headers = fc.oneof(
  { weight: 60, arbitrary: fewHeaders },
  { weight: 1, arbitrary: manyHeaders },
  { weight: 1, arbitrary: lateHeaders },
);
