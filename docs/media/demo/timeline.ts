import type { RecordedView, View } from "./recorder.ts";

export interface Frame {
  view: View;
  seconds: number;
}

/** Views that are replaced sooner are left out. */
const MIN_FRAME_MS = 80;
/** Longer waits, for example for a slow machine, are shortened to this. */
const MAX_FRAME_MS = 2_600;

/**
 * Turns recorded views into frames with durations: skips very short ones, shortens long waits, and plays everything
 * faster if the film would be longer than `maxSeconds`.
 * @param endMs when the last view ends
 */
export function createTimeline(views: RecordedView[], endMs: number, maxSeconds: number): Frame[] {
  const frames: Frame[] = [];
  let startMs = 0;
  for (const [index, { view }] of views.entries()) {
    const nextMs = views[index + 1]?.at ?? endMs;
    if (nextMs - startMs < MIN_FRAME_MS) continue;
    frames.push({ view, seconds: Math.min(nextMs - startMs, MAX_FRAME_MS) / 1000 });
    startMs = nextMs;
  }
  const totalSeconds = frames.reduce((sum, { seconds }) => sum + seconds, 0);
  const speed = Math.min(1, maxSeconds / totalSeconds);
  return frames.map(({ view, seconds }) => ({ view, seconds: seconds * speed }));
}
