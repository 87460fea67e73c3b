import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { measureBundle, totalBytes } from "../support/bundle-size.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, type TestUser } from "../support/users.ts";

const SCRIPTS_MAX = 95_000;
const STYLES_MAX = 15_000;
/** Smaller ones gain nothing from being packed. */
const PACKED_FROM = 1024;

let tock: AppServer;
let ann: TestUser;
let task: number;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
  task = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
});
afterAll(() => tock?.stop());

const PAGES = ["/", "/signup", "/signin", "/dashboard", "/settings", "/tasks/1", "/tasks/1/delete"];

const load = (page: string) => {
  const mine = !["/", "/signup", "/signin"].includes(page);
  return measureBundle(tock.url, page.replace("1", String(task)), mine ? ann.cookie : "");
};
const list = (files: { path: string; bytes: number }[]) =>
  files.map(({ path, bytes }) => `\n${String(bytes).padStart(7)} ${path}`).join("");

it.each(PAGES)("%s stays within the budget of scripts and styles", async (page) => {
  const { scripts, styles } = await load(page);
  // Neither is a page without them one that passes.
  expect(scripts.length).toBeGreaterThan(3);
  expect(styles.length).toBeGreaterThan(0);
  expect(totalBytes(scripts), `scripts of ${page}, gzipped:${list(scripts)}`).toBeLessThanOrEqual(
    SCRIPTS_MAX,
  );
  expect(totalBytes(styles), `styles of ${page}, gzipped:${list(styles)}`).toBeLessThanOrEqual(STYLES_MAX);
});

it("every one of these files comes packed, and is kept for ever", async () => {
  const pages = await Promise.all(PAGES.map(load));
  const files = new Map(
    pages.flatMap(({ scripts, styles }) => [...scripts, ...styles].map((file) => [file.path, file])),
  );
  for (const [path, { text }] of files) {
    const { headers } = await rawRequest(tock.url, "GET", path, {
      headers: { "Accept-Encoding": "gzip, br" },
    });
    expect(headers.get("Cache-Control"), path).toBe("public, max-age=31536000, immutable");
    if (Buffer.byteLength(text) >= PACKED_FROM)
      expect(headers.get("Content-Encoding"), path).toMatch(/^(br|gzip)$/);
  }
});
