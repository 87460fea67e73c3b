import { spawnSync } from "node:child_process";
import { rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, openPage } from "./browser.ts";
import { drawFrames, PAGE_SIZE } from "./demo/frames.ts";
import { createPageDriver } from "./demo/page-driver.ts";
import { createRecorder, type Recorder, recordPage } from "./demo/recorder.ts";
import { FIRST_TASKS, SCENES, type Scene, USER } from "./demo/scenes.ts";
import { createTimeline } from "./demo/timeline.ts";
import { type DemoApp, postJson, startDemoApp } from "./demo-app.ts";

/*
 * `npm run demo`: plays scenes in the built application with a database of its own, and makes a captioned film of them.
 */
const CARD_MS = 2_400;
const MAX_SECONDS = 88;
const FRAMES = "build/demo/frames";
const FILM = "build/demo/tock-demo.mp4";

const HELP = `npm run demo -- [--scene NAME …] [--keep-frames]

Writes ${FILM}. Without ffmpeg, keeps the frames in ${FRAMES} and prints the command.
Scenes: ${Object.keys(SCENES).join(", ")}
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** @returns the wanted scenes in the order of the film, all of them by default */
function selectScenes(wanted: string[] | undefined): [string, Scene][] {
  const unknown = wanted?.find((name) => !SCENES[name]);
  if (unknown) throw new Error(`unknown scene "${unknown}"; choose from ${Object.keys(SCENES).join(", ")}`);
  return Object.entries(SCENES).filter(([name]) => !wanted || wanted.includes(name));
}

async function showCard(recorder: Recorder, title: string, text: string): Promise<void> {
  recorder.resume();
  recorder.show({ card: { title, text }, caption: "", badge: "" });
  await sleep(CARD_MS);
  recorder.pause();
}

/** The account that the sign-up scene would have created. @returns its session cookie */
async function createAccount(app: DemoApp): Promise<string> {
  const { body, cookie } = await postJson(app, "/api/auth/signup", USER);
  for (const title of FIRST_TASKS)
    await postJson(app, "/api/tasks", { title }, { Authorization: `Bearer ${body.token}` });
  return cookie;
}

/** The only cookie that scripts cannot read. */
async function sessionCookie(page: Page): Promise<string> {
  const session = (await page.context().cookies()).find(({ httpOnly }) => httpOnly);
  return session ? `${session.name}=${session.value}` : "";
}

async function recordScenes(
  browser: Browser,
  app: DemoApp,
  recorder: Recorder,
  scenes: [string, Scene][],
): Promise<void> {
  let cookie = scenes.some(([name]) => name === "sign-up") ? "" : await createAccount(app);
  let page: Page | undefined;
  for (const [name, { path, window, badge = "", play }] of scenes) {
    if (path || !page) {
      if (page) cookie = await sessionCookie(page);
      await page?.context().close();
      page = await openPage(browser, app, path ?? "/dashboard", { viewport: PAGE_SIZE, cookie, ...window });
    }
    const stopRecording = await recordPage(recorder, page);
    recorder.show({ badge });
    recorder.resume();
    await play(createPageDriver(recorder, page), app);
    recorder.pause();
    await stopRecording();
    print(`recorded ${name} (${(recorder.elapsedMs() / 1000).toFixed(1)} s so far)`);
  }
  await page?.context().close();
}

const ffmpegArguments = (list: string) => [
  ...["-y", "-loglevel", "error", "-f", "concat", "-i", list, "-vf", "fps=25,format=yuv420p"],
  ...["-c:v", "libx264", "-preset", "slow", "-crf", "23", "-movflags", "+faststart", FILM],
];

async function encodeFilm(list: string, keepFrames: boolean): Promise<void> {
  const { status, error } = spawnSync("ffmpeg", ffmpegArguments(list), { stdio: "inherit" });
  if (error) {
    print(`ffmpeg is not installed. The frames are in ${dirname(list)}; to encode the film, run`);
    return print(`  ffmpeg ${ffmpegArguments(list).join(" ")}`);
  }
  if (status !== 0) throw new Error(`ffmpeg exited with ${status}`);
  if (!keepFrames) await rm(dirname(list), { recursive: true });
  print(`${FILM}  ${((await stat(FILM)).size / 1e6).toFixed(1)} MB`);
}

async function makeFilm(scenes: [string, Scene][], keepFrames: boolean): Promise<void> {
  const app = await startDemoApp();
  const browser = await launchBrowser();
  try {
    const recorder = createRecorder();
    await showCard(recorder, "Tock", "A task list that works\nwith or without JavaScript");
    await recordScenes(browser, app, recorder, scenes);
    await showCard(recorder, "npm ci && npm start", "Nothing else to install or to configure");
    const frames = createTimeline(recorder.views, recorder.elapsedMs(), MAX_SECONDS);
    print(`drawing ${frames.length} frames`);
    await encodeFilm(await drawFrames(browser, frames, FRAMES), keepFrames);
  } finally {
    await browser.close();
    await app.stop();
  }
}

const { values } = parseArgs({
  options: {
    scene: { type: "string", multiple: true },
    "keep-frames": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else await makeFilm(selectScenes(values.scene), values["keep-frames"]);
