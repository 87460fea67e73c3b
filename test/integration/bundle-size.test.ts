import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { builtRoutes } from "../support/built-routes.ts";
import { type BundleSize, measureBundle, totalBytes } from "../support/bundle-size.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser } from "../support/users.ts";

/** Bytes after gzip. */
const SCRIPTS_MAX = 100_000;
const STYLES_MAX = 15_000;
/** Of the dashboard's HTML with a page of tasks. */
const HTML_MAX = 28_000;
const HTML_GZIP_MAX = 6_000;
/** Compression does not make smaller files smaller. */
const COMPRESSED_FROM_BYTES = 1024;

/** Twenty titles of usual length that have little text in common, so that they compress like a user's. */
const TASK_LINES = [
  "Water the fern on the window sill",
  "Book the night train to Lisbon",
  "Send Mira the photographs of the boat",
  "Mend the back wheel of the green bicycle",
  "Ask the landlord about the cellar key",
  "Read chapter nine before Thursday",
  "Pick up oranges, bread and two lemons",
  "Call Aunt Maud about the piano",
  "Return the ladder to Jonas",
  "Pay the electricity bill for March",
  "Find a dentist who opens early",
  "Sharpen the kitchen knives",
  "Write down the soup recipe for Ines",
  "Check the smoke alarm in the hall",
  "Renew the library card",
  "Plant garlic along the south fence",
  "Sew a button on the grey coat",
  "Move the savings to the other bank",
  "Choose wallpaper with Tomasz",
  "Wash the dog after the beach",
];

/** The page of the code shows its form to visitors with a pending sign-in, which only its action verifies. */
const VISITOR_COOKIE = "tock-code=pending";

let app: AppServer;
/** Of every route that renders a page, by path. */
const bundles = new Map<string, BundleSize>();
beforeAll(async () => {
  app = await startApp();
  const user = await createUser(app);
  const task = (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  for (const { path: pattern } of await builtRoutes(app.url)) {
    if (/^\/(api|health|metrics|signout)\b|\*/.test(pattern)) continue;
    const path = pattern.replace(":id", String(task.id));
    // Pages for visitors without an account redirect signed-in users.
    const { status } = await rawRequest(app.url, "GET", path, { headers: { Cookie: user.cookie } });
    bundles.set(pattern, await measureBundle(app.url, path, status === 302 ? VISITOR_COOKIE : user.cookie));
  }
  expect([...bundles.keys()]).toEqual(expect.arrayContaining(["/", "/signin", "/dashboard", "/tasks/:id"]));
});
afterAll(() => app?.stop());

const list = (files: { path: string; bytes: number }[]) =>
  files.map(({ path, bytes }) => `\n${String(bytes).padStart(7)} ${path}`).join("");

it("every page loads at most 100 kB of scripts and 15 kB of styles after gzip", () => {
  for (const [page, { scripts, styles }] of bundles) {
    // A page whose files were not found must not pass.
    expect.soft(scripts.length, page).toBeGreaterThan(3);
    expect.soft(styles.length, page).toBeGreaterThan(0);
    expect
      .soft(totalBytes(scripts), `scripts of ${page}, gzip:${list(scripts)}`)
      .toBeLessThanOrEqual(SCRIPTS_MAX);
    expect
      .soft(totalBytes(styles), `styles of ${page}, gzip:${list(styles)}`)
      .toBeLessThanOrEqual(STYLES_MAX);
  }
});

it("the first document contains the style sheet, and prefetches the file that later documents link", async () => {
  const [first, later] = await Promise.all(
    [{}, { Cookie: "zone=Europe%2FRome" }].map((headers) => rawRequest(app.url, "GET", "/", { headers })),
  );
  const [, href = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec(later?.text ?? "") ?? [];
  const { text: styles } = await rawRequest(app.url, "GET", href);
  const [, inlined] = /<style id="styles" nonce="[^"]+">(.+)<\/style>/s.exec(first?.text ?? "") ?? [];
  expect(inlined?.trim() === styles.trim()).toBe(true);
  expect(first?.text).toContain(`<link rel="prefetch" href="${href}"/>`);
  expect(first?.text).not.toContain('rel="stylesheet"');
  expect(later?.text).not.toContain("<style");
});

it("/page-scripts.json lists the scripts of every page, and each of them exists", async () => {
  const { text, headers } = await rawRequest(app.url, "GET", "/page-scripts.json");
  const paths: string[] = JSON.parse(text);
  for (const path of paths) expect.soft((await rawRequest(app.url, "GET", path)).status, path).toBe(200);
  // A page also loads the entry and the manifest.
  const ofPages = [...bundles.values()].flatMap(({ scripts }) => scripts.map(({ path }) => path));
  const missing = ofPages.filter((path) => !paths.includes(path) && !/entry\.client|manifest-/.test(path));
  expect(missing).toEqual([]);
  expect(headers.get("Cache-Control")).toBe("no-cache");
});

it.each([
  ["/dashboard", "open", false],
  ["/dashboard?show=all", "open and done", true],
])("%s with 20 %s tasks has at most 28 kB of HTML, 6 kB after gzip", async (path, _, someDone) => {
  const user = await createUser(app);
  for (const [index, line] of TASK_LINES.entries()) {
    const description = index % 2 ? `${line}, and before the shops close at noon.` : null;
    const { id } = (await user.api("POST", "/api/tasks", { title: line, description })).body;
    if (someDone && index % 3 === 0) await user.api("PATCH", `/api/tasks/${id}/complete`);
  }
  const { text } = await rawRequest(app.url, "GET", path, {
    headers: { Cookie: user.cookie },
  });
  for (const line of TASK_LINES) expect(text).toContain(line);
  expect.soft(Buffer.byteLength(text)).toBeLessThanOrEqual(HTML_MAX);
  expect.soft(gzipSync(text).length).toBeLessThanOrEqual(HTML_GZIP_MAX);
});

it("every script and style of a page is served compressed and cached as immutable", async () => {
  const files = new Map(
    [...bundles.values()].flatMap(({ scripts, styles }) =>
      [...scripts, ...styles].map((file) => [file.path, file]),
    ),
  );
  for (const [path, { text }] of files) {
    const { headers } = await rawRequest(app.url, "GET", path, {
      headers: { "Accept-Encoding": "gzip, br" },
    });
    expect(headers.get("Cache-Control"), path).toBe("public, max-age=31536000, immutable");
    if (Buffer.byteLength(text) >= COMPRESSED_FROM_BYTES)
      expect(headers.get("Content-Encoding"), path).toMatch(/^(br|gzip)$/);
  }
});
