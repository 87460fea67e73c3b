import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { JPEG_QUALITY, type View } from "./recorder.ts";
import type { Frame } from "./timeline.ts";

const FILM_SIZE = { width: 1280, height: 800 };
/** The part above the caption. */
export const PAGE_SIZE = { width: 1280, height: 704 };

const PAGE = `<!doctype html><meta charset="utf-8"><style>
  * { box-sizing: border-box; margin: 0 }
  body { width: 1280px; height: 800px; overflow: hidden; background: #faf7f0; color: #ece7dc;
    font-family: ui-sans-serif, system-ui, "Noto Sans", "Liberation Sans", sans-serif }
  img { display: block; width: 1280px; height: 704px; object-fit: contain; object-position: top }
  footer { position: absolute; inset: 704px 0 0; display: flex; align-items: center; gap: 32px; padding: 0 40px;
    background: #24211c; font-size: 25px; line-height: 1.3 }
  #caption { flex: 1; white-space: pre-line }
  #badge { padding: 6px 16px; border: 2px solid #7fcaa5; border-radius: 6px; color: #a3dbc0; font-size: 20px }
  #pointer { position: absolute; inset: 0 auto auto 0; width: 30px; height: 30px; margin: -15px; border: 3px solid #a5321c;
    border-radius: 50%; background: #a5321c22 }
  #pointer.pressed { background: #a5321c88 }
  #card { position: absolute; inset: 0; display: grid; place-content: center; gap: 28px; text-align: center;
    background: #faf7f0; color: #24211c }
  #card svg { width: 112px; margin: auto }
  #card h1 { font: 600 60px ui-serif, "Noto Serif", Georgia, serif }
  #card p { font-size: 28px; white-space: pre-line; color: #5f584d }
  [hidden] { display: none !important }
</style><img alt=""><footer><p id="caption"></p><p id="badge"></p></footer><div id="pointer"></div>
<div id="card"><svg viewBox="0 0 32 32" fill="none" stroke="#24211c"><circle cx="16" cy="16" r="13" stroke-width="2.5"/>
<path d="M10.5 16.4l4.2 4.4 7.4-10" stroke="#1d6b4e" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>
<h1></h1><p></p></div>`;

/** Runs in the page. It may not contain functions: tsx would add calls of a helper that the page does not have. */
async function showView({ picture, caption, badge, pointer, card }: View): Promise<void> {
  const selector = "#caption, #badge, #pointer, #card, #card h1, #card p";
  const parts = [...document.querySelectorAll<HTMLElement>(selector)];
  const [captionPart, badgePart, pointerPart, cardPart, title, text] = parts;
  const [image] = document.images;
  if (!captionPart || !badgePart || !pointerPart || !cardPart || !title || !text || !image)
    throw new Error("the page of the film lacks a part");
  captionPart.textContent = caption;
  badgePart.textContent = badge;
  badgePart.hidden = badge === "";
  pointerPart.hidden = pointer === null;
  pointerPart.className = pointer?.pressed ? "pressed" : "";
  pointerPart.style.translate = `${pointer?.x ?? 0}px ${pointer?.y ?? 0}px`;
  cardPart.hidden = card === null;
  title.textContent = card?.title ?? "";
  text.textContent = card?.text ?? "";
  if (!picture) return;
  image.src = `data:image/jpeg;base64,${picture}`;
  await image.decode();
}

/** Draws the frames as JPEG files, with a list of them for ffmpeg. @returns the path of the list */
export async function drawFrames(browser: Browser, frames: Frame[], folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage({ viewport: FILM_SIZE });
  await page.setContent(PAGE);
  const lines = ["ffconcat version 1.0"];
  let name = "";
  for (const [index, { view, seconds }] of frames.entries()) {
    name = `${String(index + 1).padStart(5, "0")}.jpg`;
    await page.evaluate(showView, view);
    await page.screenshot({ path: join(folder, name), type: "jpeg", quality: JPEG_QUALITY });
    lines.push(`file ${name}`, `duration ${seconds.toFixed(3)}`);
  }
  // ffmpeg ignores the last duration unless another file follows.
  const list = join(folder, "frames.ffconcat");
  await writeFile(list, `${[...lines, `file ${name}`].join("\n")}\n`);
  await page.close();
  return list;
}
