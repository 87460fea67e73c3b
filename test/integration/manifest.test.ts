import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";

interface Picture {
  src: string;
  sizes: string;
  type: string;
  purpose?: string;
  form_factor?: string;
}

let tock: AppServer;
beforeAll(async () => {
  tock = await startApp();
});
afterAll(() => tock?.stop());

/** Width and height as a PNG says them itself. */
async function sizeOfPng(path: string): Promise<string> {
  const answer = await fetch(tock.url + path);
  expect([answer.status, answer.headers.get("Content-Type")], path).toEqual([200, "image/png"]);
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.toString("latin1", 1, 4), path).toBe("PNG");
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

const tag = (html: string, pattern: RegExp) => html.match(pattern)?.[0] ?? "";

describe("Tock as an app of one's own", () => {
  it("is told of by every page, with the icons and colours that go with it", async () => {
    const { text } = await rawRequest(tock.url, "GET", "/");
    expect(tag(text, /<link rel="manifest"[^>]*>/)).toContain('href="/manifest.webmanifest"');
    const [, touch = ""] = /<link rel="apple-touch-icon" href="([^"]*)"/.exec(text) ?? [];
    expect(await sizeOfPng(touch)).toBe("180x180");
    const [light, dark] = [...readFileSync("app/styles.css", "utf8").matchAll(/--color-paper: (#\w+);/g)];
    for (const [scheme, colour] of [
      ["light", light?.[1]],
      ["dark", dark?.[1]],
    ])
      expect(text).toContain(
        `<meta name="theme-color" content="${colour}" media="(prefers-color-scheme: ${scheme})"/>`,
      );
    expect(JSON.parse((await rawRequest(tock.url, "GET", "/manifest.webmanifest")).text)).toMatchObject({
      theme_color: light?.[1],
      background_color: light?.[1],
    });
  });

  it("has a manifest that browsers read, whose every address answers with what it is said to be", async () => {
    const answer = await rawRequest(tock.url, "GET", "/manifest.webmanifest");
    expect([answer.status, answer.headers.get("Content-Type"), answer.headers.get("Cache-Control")]).toEqual([
      200,
      "application/manifest+json",
      "public, max-age=3600",
    ]);
    const { icons, screenshots, shortcuts, start_url, share_target } = JSON.parse(answer.text);
    const pictures: Picture[] = [...icons, ...screenshots, ...shortcuts[0].icons];
    for (const { src, sizes } of pictures.filter(({ type }) => type === "image/png"))
      expect(await sizeOfPng(src), src).toBe(sizes);
    expect((icons as Picture[]).map(({ purpose = "any", sizes }) => `${purpose} ${sizes}`)).toEqual(
      expect.arrayContaining(["any 192x192", "any 512x512", "maskable 512x512"]),
    );
    expect((screenshots as Picture[]).map(({ form_factor }) => form_factor)).toEqual(["wide", "narrow"]);
    for (const address of [start_url, shortcuts[0].url, share_target.action]) {
      const page = await rawRequest(tock.url, "GET", address);
      expect([page.status, page.headers.get("Location")], address).toEqual([
        302,
        `/signin?redirectTo=${encodeURIComponent(address)}`,
      ]);
    }
  });
});
