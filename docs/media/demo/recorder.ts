import type { Page } from "playwright-core";

/** The content of the film at one moment. */
export interface View {
  /** The page, as base64 of a JPEG. */
  picture: string;
  /** Explains the scene; may contain a line break. */
  caption: string;
  /** Information that the page itself does not show: a pressed key, JavaScript being off. */
  badge: string;
  pointer: { x: number; y: number; pressed: boolean } | null;
  /** A title card, shown instead of the page. */
  card: { title: string; text: string } | null;
}

export interface RecordedView {
  /** Milliseconds since the start of the film. */
  at: number;
  view: View;
}

const EMPTY: View = { picture: "", caption: "", badge: "", pointer: null, card: null };
export const JPEG_QUALITY = 90;

export type Recorder = ReturnType<typeof createRecorder>;

/** Records views with their times. Its clock is paused while a scene is prepared. */
export function createRecorder() {
  const views: RecordedView[] = [];
  let current = EMPTY;
  let recordedMs = 0;
  let resumedAt: number | undefined;
  const elapsedMs = () => recordedMs + (resumedAt === undefined ? 0 : performance.now() - resumedAt);
  return {
    views,
    elapsedMs,
    resume: () => {
      resumedAt ??= performance.now();
    },
    pause: () => {
      recordedMs = elapsedMs();
      resumedAt = undefined;
    },
    /** Changes a part of what is shown. */
    show: (change: Partial<View>) => {
      current = { ...current, ...change };
      views.push({ at: elapsedMs(), view: current });
    },
  };
}

/** Records every change of a page. @returns a function that ends the recording */
export async function recordPage(recorder: Recorder, page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  session.on("Page.screencastFrame", ({ data, sessionId }) => {
    recorder.show({ picture: data });
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
  });
  // A screencast sends nothing until the page changes.
  const first = await page.screenshot({ type: "jpeg", quality: JPEG_QUALITY });
  recorder.show({ picture: first.toString("base64"), pointer: null, card: null });
  await session.send("Page.startScreencast", { format: "jpeg", quality: JPEG_QUALITY });
  return async () => {
    await session.send("Page.stopScreencast");
    await session.detach();
  };
}
