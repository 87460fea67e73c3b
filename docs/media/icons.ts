import { mkdir, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";

interface Icon {
  name: string;
  size: number;
  style: string;
}

const SOURCE = "public/favicon.svg";
const FOLDER = "public/icons";
/** Without rounded corners: iOS and Android apply their own mask. */
const SQUARE = "rect { rx: 0 }";
/** Keeps the drawing inside the safe zone of maskable icons, a circle of 80% of the width. */
const SAFE_ZONE = "circle, path { transform: scale(0.9); transform-origin: center }";
const ICONS: Icon[] = [
  { name: "icon-192", size: 192, style: "" },
  { name: "icon-512", size: 512, style: "" },
  { name: "maskable-512", size: 512, style: SQUARE + SAFE_ZONE },
  { name: "apple-180", size: 180, style: SQUARE },
];

/** Draws every icon from the one SVG. @returns the paths of the files written */
export async function drawIcons(browser: Browser): Promise<string[]> {
  const svg = await readFile(SOURCE, "utf8");
  await mkdir(FOLDER, { recursive: true });
  const files: string[] = [];
  for (const { name, size, style } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const css = `body { margin: 0 } svg { display: block; width: 100vw } ${style}`;
    await page.setContent(`<!doctype html><style>${css}</style>${svg}`);
    const path = `${FOLDER}/${name}.png`;
    await page.screenshot({ path, omitBackground: true });
    await page.close();
    files.push(path);
  }
  return files;
}
