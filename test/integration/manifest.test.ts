import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { measureBundle } from "../support/bundle-size.ts";
import { rawRequest } from "../support/raw-request.ts";

interface ManifestImage {
  src: string;
  sizes: string;
  type: string;
  purpose?: string;
  form_factor?: string;
}

let app: AppServer;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

/** Reads width and height from the header of a PNG. */
async function sizeOfPng(path: string): Promise<string> {
  const response = await fetch(app.url + path);
  expect([response.status, response.headers.get("Content-Type")], path).toEqual([200, "image/png"]);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.toString("latin1", 1, 4), path).toBe("PNG");
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

/** The background colours of the served stylesheet: light, then dark. */
async function paperColors(): Promise<string[]> {
  const { styles } = await measureBundle(app.url, "/");
  const [, light = "", dark = ""] = styles.flatMap(
    ({ text }) => /--color-paper:\s*light-dark\((#\w+),\s*(#\w+)\)/.exec(text) ?? [],
  );
  return [light, dark];
}

const findTag = (html: string, pattern: RegExp) => html.match(pattern)?.[0] ?? "";

it("the landing page links the manifest and an icon, and has the theme colours of the stylesheet", async () => {
  const { text } = await rawRequest(app.url, "GET", "/");
  expect(findTag(text, /<link rel="manifest"[^>]*>/)).toContain('href="/manifest.webmanifest"');
  const [, touchIcon = ""] = /<link rel="apple-touch-icon" href="([^"]*)"/.exec(text) ?? [];
  expect(await sizeOfPng(touchIcon)).toBe("180x180");
  const colors = await paperColors();
  for (const color of colors) expect(color).toMatch(/^#\w{6}$/);
  for (const [i, scheme] of ["light", "dark"].entries())
    expect(text).toContain(
      `<meta name="theme-color" content="${colors[i]}" media="(prefers-color-scheme: ${scheme})"/>`,
    );
  const manifest = JSON.parse((await rawRequest(app.url, "GET", "/manifest.webmanifest")).text);
  expect(manifest).toMatchObject({ theme_color: colors[0], background_color: colors[0] });
});

describe("/manifest.webmanifest", () => {
  it("has the content type of a manifest and is cached for an hour", async () => {
    const { status, headers } = await rawRequest(app.url, "GET", "/manifest.webmanifest");
    expect([status, headers.get("Content-Type"), headers.get("Cache-Control")]).toEqual([
      200,
      "application/manifest+json",
      "public, max-age=3600",
    ]);
  });

  it("names images of the stated sizes and paths that lead through the sign-in page", async () => {
    const { text } = await rawRequest(app.url, "GET", "/manifest.webmanifest");
    const { icons, screenshots, shortcuts, start_url, share_target } = JSON.parse(text);
    const images: ManifestImage[] = [...icons, ...screenshots, ...shortcuts[0].icons];
    for (const { src, sizes } of images.filter(({ type }) => type === "image/png"))
      expect(await sizeOfPng(src), src).toBe(sizes);
    expect((icons as ManifestImage[]).map(({ purpose = "any", sizes }) => `${purpose} ${sizes}`)).toEqual(
      expect.arrayContaining(["any 192x192", "any 512x512", "maskable 512x512"]),
    );
    expect((screenshots as ManifestImage[]).map(({ form_factor }) => form_factor)).toEqual([
      "wide",
      "narrow",
    ]);
    for (const path of [start_url, shortcuts[0].url, share_target.action]) {
      const page = await rawRequest(app.url, "GET", path);
      expect([page.status, page.headers.get("Location")], path).toEqual([
        302,
        `/signin?redirectTo=${encodeURIComponent(path)}`,
      ]);
    }
  });
});
