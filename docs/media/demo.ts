import { spawnSync } from "node:child_process";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import type { BrowserContext } from "playwright-core";
import { PASSWORD, signUp } from "../../test/support/users.ts";
import { createActor } from "./demo/page-driver.ts";
import { cutFilm } from "./demo/timeline.ts";
import { drawFrames, PICTURE } from "./demo/frames.ts";
import { createReel, film, type Reel } from "./demo/recorder.ts";
import { SCENES, type Scene, SOMEBODY } from "./demo/scenes.ts";
import { enter, fail, onStage, openWindow, type Stage, say } from "./demo-app.ts";

/*
 * `npm run demo`: plays the scenes with the built Tock and a database of its own, and makes a captioned film of them.
 */
const PATIENCE_MS = 480_000;
const SCENE_MS = 45_000;
const CARD_MS = 2_400;
const MOST_SECONDS = 88;
const FRAMES = "build/demo/frames";
const FAILED = "build/demo/failed.jpg";
const MOVIE = "build/demo/tock-demo.mp4";

const HELP = `npm run demo -- [--scene NAME …] [--keep-frames]

scenes: ${Object.keys(SCENES).join(", ")}
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      scene: { type: "string", multiple: true },
      "keep-frames": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const names = values.scene ?? Object.keys(SCENES);
  const unknown = names.find((name) => !SCENES[name]);
  if (unknown) throw new Error(`there is no scene ${unknown}: ${Object.keys(SCENES).join(", ")}`);
  return { names, keepFrames: values["keep-frames"], help: values.help };
}

function options() {
  try {
    return readOptions();
  } catch (error) {
    return fail(error);
  }
}

async function showCard(reel: Reel, title: string, text: string): Promise<void> {
  reel.roll();
  reel.show({ card: { title, text }, caption: "", badge: "" });
  await new Promise((resolve) => setTimeout(resolve, CARD_MS));
  reel.pause();
}

/** Within its time, or not at all. */
async function inTime(name: string, playing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${SCENE_MS / 1000} s`)), SCENE_MS);
  });
  await Promise.race([playing, tooLate])
    .catch((error) => {
      throw new Error(`scene ${name}: ${error instanceof Error ? error.message : error}`);
    })
    .finally(() => clearTimeout(timer));
}

/** Plays scenes one after the other, each in the window of the one before unless it asks for another. */
async function shoot(stage: Stage, reel: Reel, names: string[]): Promise<void> {
  let context: BrowserContext | undefined;
  let page: Awaited<ReturnType<BrowserContext["newPage"]>> | undefined;
  // Who comes in later finds the account, and the tasks, of the scene left out.
  const isShort = names[0] !== "sign-up";
  if (isShort) await prepare(stage);
  for (const name of names) {
    const scene = SCENES[name] as Scene;
    const path = scene.path ?? (page ? undefined : "/dashboard");
    if (path !== undefined || !page) {
      await context?.close();
      context = await openWindow(stage, { viewport: PICTURE, ...scene.window });
      if (path !== "/") await enter(stage, context, SOMEBODY.email, PASSWORD);
      page = await context.newPage();
      await page.goto(path ?? "/dashboard", { waitUntil: "networkidle" });
    }
    const cut = await film(reel, page);
    reel.show({ badge: scene.badge ?? "" });
    reel.roll();
    await inTime(name, scene.play(createActor(reel, page), { stage, reel }));
    reel.pause();
    await cut();
    say(`filmed ${name} (${(reel.now() / 1000).toFixed(1)} s so far)`);
  }
  await context?.close();
}

/** What was to be seen when something failed. */
async function keepLast(reel: Reel): Promise<void> {
  const picture = reel.frames.at(-1)?.view.picture ?? "";
  await mkdir(dirname(FAILED), { recursive: true });
  await writeFile(FAILED, Buffer.from(picture, "base64"));
  say(`the last picture is in ${FAILED}`);
}

async function prepare(stage: Stage): Promise<void> {
  const person = await signUp(stage.url, SOMEBODY);
  for (const title of ["Water the fern", "Buy bread", "Call Aunt Maud"])
    await person.api("POST", "/api/tasks", { title });
}

const develop = (list: string) => [
  ...["-y", "-loglevel", "error", "-f", "concat", "-i", list, "-vf", "fps=25,format=yuv420p"],
  ...["-c:v", "libx264", "-preset", "slow", "-crf", "23", "-movflags", "+faststart", MOVIE],
];

async function makeMovie(list: string, keepFrames: boolean): Promise<void> {
  const { status, error } = spawnSync("ffmpeg", develop(list), { stdio: "inherit" });
  if (error) {
    say(`ffmpeg is not here. The frames are in ${dirname(list)}; where it is, the film is made by`);
    say(`  ffmpeg ${develop(list).join(" ")}`);
    return;
  }
  if (status !== 0) throw new Error(`ffmpeg ended with ${status}`);
  if (!keepFrames) await rm(dirname(list), { recursive: true });
  say(`${MOVIE}  ${((await stat(MOVIE)).size / 1e6).toFixed(1)} MB`);
}

const { names, keepFrames, help } = options();
if (help) {
  say(HELP);
  process.exit(0);
}
await onStage(PATIENCE_MS, async (stage) => {
  const reel = createReel();
  await showCard(reel, "Tock", "A task list that works\nwith or without JavaScript");
  await shoot(stage, reel, names).catch(async (error) => {
    await keepLast(reel);
    throw error;
  });
  await showCard(reel, "npm ci && npm start", "Nothing else to install or to configure");
  const takes = cutFilm(reel.frames, reel.now(), MOST_SECONDS);
  const seconds = takes.reduce((sum, take) => sum + take.seconds, 0);
  say(`drawing ${takes.length} frames, ${seconds.toFixed(1)} s`);
  await makeMovie(await drawFrames(stage.browser, takes, FRAMES), keepFrames);
});
