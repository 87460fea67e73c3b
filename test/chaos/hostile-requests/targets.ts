import fc from "fast-check";
import { bytes, encode, printable, text } from "./strings.ts";

/** Ids and paths for the generated request targets. */
export interface Targets {
  /** Task ids of the attacker. */
  own: string[];
  /** Task ids of another user. */
  foreign: string[];
  /** Route paths with placeholders such as `:id`. */
  routes: string[];
}

/** Placeholder for the host and port of the server under test. */
export const OWN_HOST = "{host}";

const taskId = ({ own, foreign }: Targets) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...foreign) },
    { weight: 1, arbitrary: fc.constantFrom(...own) },
    { weight: 4, arbitrary: text.map(encode) },
    { weight: 1, arbitrary: fc.bigInt().map(String) },
    { weight: 1, arbitrary: fc.double().map(String) },
    { weight: 1, arbitrary: bytes.map((value) => printable(value.toString("latin1"))) },
  );

/** Mostly one of the usual values. */
const mostly = (usual: string[], odd: string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
const suffix = mostly(
  ["", "", "", ".data"],
  ["/", "//", ".", "..", ";x=1", ".json", "%00", "%", "%2f", "%0d%0a", "%e0%a4", "\\", "/../..", "/%2e%2e/x"],
);
const prefix = mostly(
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

/** The path of a route, of ODD_PATHS or of random segments, sometimes with a prefix or suffix. */
export function path(targets: Targets): fc.Arbitrary<string> {
  const routePath = fc
    .tuple(fc.constantFrom(...targets.routes), taskId(targets), taskId(targets))
    .map(([route, first, second]) => {
      let filled = 0;
      return route.replace(/:\w+|\*/g, () => {
        filled += 1;
        return filled === 1 ? first : second;
      });
    });
  const randomSegments = fc.array(text.map(encode), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
  return fc
    .tuple(
      prefix,
      fc.oneof(
        { weight: 12, arbitrary: routePath },
        { weight: 2, arbitrary: fc.constantFrom(...ODD_PATHS) },
        { weight: 1, arbitrary: randomSegments },
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
        "q",
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
export const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: fc
      .array(parameter, { minLength: 1, maxLength: 4 })
      .map((parameters) => `?${parameters.join("&")}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("?", "??", "?&", `?page=${"1".repeat(500)}`, `?${"a&".repeat(2_500)}`),
  },
);
