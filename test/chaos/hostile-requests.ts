import fc from "fast-check";

/*
 * Requests that nobody means well with. Everything is drawn from fast-check's arbitraries, so that a seed names them.
 */

/** What a request is made of, before it is written down as bytes. */
export interface HostileRequest {
  /** Whose rights it carries. */
  as: "nobody" | "bearer" | "cookie" | "garbage";
  method: string;
  /** May hold any bytes but those that end a request line. */
  target: string;
  headers: [string, string][];
  body: Buffer | undefined;
  /** How the body is sent. */
  framing: "length" | "chunks";
  /** Whether the bytes are something else than this request, which an own connection is opened for. */
  broken: ((request: Buffer) => Buffer) | undefined;
}

/** What the generated requests may name: of the attacker's own, and of somebody else. */
export interface Targets {
  own: string[];
  foreign: string[];
  /** Paths of routes with `:name` where something is to be put in. */
  routes: string[];
}

const NAUGHTY = [
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

const naughty = fc.constantFrom(...NAUGHTY);
const text = fc.oneof(
  { weight: 4, arbitrary: naughty },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));

const NAMES = [
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
const name = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: text });

// ── addresses

/** Stands for the server's own. */
const OWN_HOST = "{host}";

const id = ({ own, foreign }: Targets) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...foreign) },
    { weight: 1, arbitrary: fc.constantFrom(...own) },
    { weight: 4, arbitrary: text.map(encode) },
    { weight: 1, arbitrary: fc.bigInt().map(String) },
    { weight: 1, arbitrary: fc.double().map(String) },
    { weight: 1, arbitrary: bytes.map((some) => printable(some.toString("latin1"))) },
  );

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** Without what would end the request line; everything else stays, high bytes too. */
const printable = (value: string): string => value.replace(/[\s\p{Cc}]|[^\p{Cc}\x20-\xff]/gu, "");

const rarely = (usual: string[], odd: string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
const suffix = rarely(
  ["", "", "", ".data"],
  ["/", "//", ".", "..", ";x=1", ".json", "%00", "%", "%2f", "%0d%0a", "%e0%a4", "\\", "/../..", "/%2e%2e/x"],
);
const prefix = rarely(
  [""],
  [
    "/",
    "/.",
    "/api",
    "/API",
    "/%61pi",
    "/x/..",
    "http://evil.example",
    `http://${OWN_HOST}`,
    `http://ann:secret@${OWN_HOST}`,
    `http://@${OWN_HOST}`,
    "/assets/..%2f..",
  ],
);
const ODD_PATHS = [
  "/__manifest",
  "/_root.data",
  "/.env",
  "/.git/config",
  "/assets/",
  "/favicon.svg",
  "/robots.txt",
  "/health",
  "/api",
  "//",
  "/%",
  "/%ff%fe",
  "*",
  "/graphql",
  "/wp-login.php",
  `/${"a/".repeat(900)}`,
  `/${"x".repeat(2_500)}`,
];

function path(targets: Targets): fc.Arbitrary<string> {
  const routed = fc
    .tuple(fc.constantFrom(...targets.routes), id(targets), id(targets))
    .map(([route, first, second]) => {
      let filled = 0;
      return route.replace(/:\w+|\*/g, () => {
        filled += 1;
        return filled === 1 ? first : second;
      });
    });
  const wandering = fc.array(text.map(encode), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
  return fc
    .tuple(
      prefix,
      fc.oneof(
        { weight: 12, arbitrary: routed },
        { weight: 2, arbitrary: fc.constantFrom(...ODD_PATHS) },
        { weight: 1, arbitrary: wandering },
      ),
      suffix,
    )
    .map((parts) => parts.join(""));
}

const parameter = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        "page",
        "limit",
        "completed",
        "show",
        "redirectTo",
        "return_to",
        "_data",
        "_routes",
        "index",
        "__proto__",
        "a[b]",
      ),
      text.map(encode),
    ),
    fc.oneof(
      text.map(encode),
      fc.constantFrom("1", "20", "true", "root", "routes/dashboard", "%zz", "%c3%28", "+", "#", "&&", "="),
    ),
    fc.constantFrom("=", "=", "=", "", "=="),
  )
  .map((parts) => `${parts[0]}${parts[2]}${parts[1]}`);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: fc.array(parameter, { minLength: 1, maxLength: 4 }).map((all) => `?${all.join("&")}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("?", "??", "?&", `?page=${"1".repeat(500)}`, `?${"a&".repeat(2_500)}`),
  },
);

// ── headers

const headerValue = fc.oneof(
  naughty.map(printable),
  fc.string({ maxLength: 60 }).map((value) => value.replace(/[^\x20-\x7e]/g, "").trim()),
  bytes.map((some) =>
    some
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
const flood = fc
  .tuple(fc.integer({ min: 100, max: 4_000 }), fc.integer({ min: 0, max: 300 }))
  .map(([count, length]) =>
    Array.from({ length: count }, (_, at): [string, string] => [`X-${at}`, "f".repeat(length)]),
  );
const headers = fc.oneof(
  { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
  { weight: 6, arbitrary: fc.array(header, { minLength: 1, maxLength: 4 }) },
);
/** As many as Node reads unless it is told to read them all, so that what counts comes after them. */
const late = fc
  .tuple(fc.integer({ min: 990, max: 1_100 }), headers)
  .map(([count, all]): [string, string][] => [
    ...Array.from({ length: count }, (_, at): [string, string] => [`a${at}`, ""]),
    ...all,
  ]);
const flooded = fc.oneof(
  { weight: 60, arbitrary: headers },
  { weight: 1, arbitrary: flood },
  { weight: 1, arbitrary: late },
);

// ── bodies

const anything = fc.oneof(
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
const object = fc.array(fc.tuple(name, anything), { maxLength: 5 });
/** By hand, so that keys may come twice and `__proto__` is one. */
const jsonObject = object.map(
  (fields) =>
    `{${fields.map(([key, value]) => `${stringify(key)}:${stringify(value) || "null"}`).join(",")}}`,
);
const DEEP = [50, 5_000, 25_000];
const oddJson = fc.oneof(
  fc.constantFrom(...DEEP).map((depth) => `{"title":${"[".repeat(depth)}${"]".repeat(depth)}}`),
  fc.constantFrom(...DEEP).map((depth) => `${'{"a":'.repeat(depth / 5)}1${"}".repeat(depth / 5)}`),
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
    fc.tuple(name, fc.oneof(text, fc.constantFrom("add", "complete", "delete", "profile", "password"))),
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
      name,
      text,
      fc.constantFrom("", '; filename="a.txt"', '; filename="../../x\r\nA: b"', "; name="),
    ),
    { maxLength: 4 },
  )
  .chain((parts) =>
    fc.constantFrom(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}--`, "", `--${BOUNDARY}`).map((end) => {
      const serializeRequest = parts.map(
        ([key, value, more]) =>
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${key}"${more}\r\n\r\n${value}\r\n`,
      );
      return Buffer.from(serializeRequest.join("") + end);
    }),
  );
const large = fc.constantFrom(65_535, 65_536, 65_537, 100_000).map((length) => Buffer.alloc(length, "x"));

interface Body {
  type: string | undefined;
  body: Buffer | undefined;
}
const typed = (type: string, body: fc.Arbitrary<Buffer>): fc.Arbitrary<Body> =>
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
const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: typed("application/json", json) },
  {
    weight: 6,
    arbitrary: typed(
      "application/x-www-form-urlencoded",
      fc.oneof({ weight: 5, arbitrary: form }, { weight: 1, arbitrary: oddForm }),
    ),
  },
  { weight: 2, arbitrary: typed(`multipart/form-data; boundary=${BOUNDARY}`, multipart) },
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

// ── what is no request at all

const replaceOnce = (from: string | RegExp, to: string) => (request: Buffer) =>
  Buffer.from(
    request.toString("latin1").replace(from, () => to),
    "latin1",
  );
const BROKEN: ((request: Buffer) => Buffer)[] = [
  replaceOnce("HTTP/1.1", "HTTP/1.0"),
  replaceOnce("HTTP/1.1", "HTTP/9.9"),
  replaceOnce(" HTTP/1.1", ""),
  replaceOnce(/Host: [^\r]*\r\n/, ""),
  replaceOnce("Host:", "Host : "),
  replaceOnce(/Host: [^\r]*/, "Host: evil.example@127.0.0.1"),
  replaceOnce(/Host: [^\r]*/, "Host: [::1"),
  replaceOnce("\r\n", "\r\nHost: second.example\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding: gzip\r\n"),
  replaceOnce("\r\n", "\r\nTransfer-Encoding : chunked\r\n"),
  replaceOnce("\r\n", "\r\nContent-Length: -1\r\n"),
  replaceOnce("\r\n", "\r\nContent-Length: 5\r\nContent-Length: 6\r\n"),
  replaceOnce("\r\n", "\r\n folded: yes\r\n"),
  replaceOnce("\r\n", "\r\nX-Nul: a\u0000b\r\n"),
  replaceOnce("\r\n", "\r\n: nameless\r\n"),
  replaceOnce("\r\n", "\n"),
  replaceOnce("\r\n", `\r\nX-Long: ${"y".repeat(20_000)}\r\n`),
  (request) => request.subarray(0, request.length >> 1),
  (request) => Buffer.concat([Buffer.from("\r\n\r\n"), request]),
  (request) => Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x00, 0xa5]), request]),
  () => Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
];

// ── all of it

const COMMON = ["GET", "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE"];
const ODD_METHODS = [
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "QUERY",
  "PURGE",
  "LINK",
  "get",
  "Post",
  "GETS",
  "M-SEARCH",
];
const method = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom(...COMMON) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_METHODS) },
);

/** Requests against what `targets` names. */
export function hostileRequests(targets: Targets): fc.Arbitrary<HostileRequest> {
  return fc
    .record({
      as: fc.constantFrom<HostileRequest["as"][]>(
        "bearer",
        "bearer",
        "cookie",
        "cookie",
        "nobody",
        "garbage",
      ),
      method,
      path: path(targets),
      query,
      headers: flooded,
      body,
      framing: fc.constantFrom<HostileRequest["framing"][]>("length", "length", "chunks"),
      broken: fc.oneof(
        { weight: 24, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
      ),
    })
    .map(({ path: address, query: search, body: sent, ...shot }) => {
      const bodiless = shot.method === "GET" || shot.method === "HEAD";
      const type: [string, string][] =
        sent.type !== undefined && !bodiless ? [["Content-Type", sent.type]] : [];
      // A type that comes after a flood of headers is to count as well.
      const flooding = shot.headers.length > 900;
      return {
        ...shot,
        target: printable(address + search) || "/",
        headers: flooding ? [...shot.headers, ...type] : [...type, ...shot.headers],
        body: bodiless ? undefined : sent.body,
      };
    });
}

/** The request as bytes. `rights` are the headers of whoever sends it. */
export function written(shot: HostileRequest, host: string, rights: [string, string][]): Buffer {
  const { method: verb, target, headers: all, body: sent, framing, broken } = shot;
  const lines = [`${verb} ${target.replace(OWN_HOST, host)} HTTP/1.1`, `Host: ${host}`];
  const ordered = all.length > 900 ? [...all, ...rights] : [...rights, ...all];
  for (const [key, value] of ordered) lines.push(`${key}: ${value}`);
  if (sent && framing === "length") lines.push(`Content-Length: ${sent.length}`);
  if (sent && framing === "chunks") lines.push("Transfer-Encoding: chunked");
  const start = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const end = !sent ? Buffer.alloc(0) : framing === "length" ? sent : inChunks(sent);
  const request = Buffer.concat([start, end]);
  return broken ? broken(request) : request;
}

function inChunks(sent: Buffer): Buffer {
  const at = sent.length >> 1;
  const parts = [sent.subarray(0, at), sent.subarray(at)].filter((part) => part.length > 0);
  const chunk = (part: Buffer) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")];
  return Buffer.concat([...parts.flatMap(chunk), Buffer.from("0\r\n\r\n")]);
}
