import type { Frame, View } from "./recorder.ts";

export interface Take {
  view: View;
  seconds: number;
}

/** Changes that follow sooner are shown as one. */
const LEAST_MS = 80;
/** However long a machine takes for something, nobody watches it wait for longer. */
const MOST_MS = 2_600;

/**
 * What is shown for how long: without long waits, and played faster where it would be longer than it may.
 * @param endsAt when the last frame ends, in ms
 */
export function cutFilm(frames: Frame[], endsAt: number, mostSeconds: number): Take[] {
  const takes: Take[] = [];
  let from = 0;
  for (const [index, { view }] of frames.entries()) {
    const until = frames[index + 1]?.at ?? endsAt;
    if (until - from < LEAST_MS) continue;
    takes.push({ view, seconds: Math.min(until - from, MOST_MS) / 1000 });
    from = until;
  }
  const whole = takes.reduce((sum, { seconds }) => sum + seconds, 0);
  const pace = Math.min(1, mostSeconds / whole);
  return takes.map(({ view, seconds }) => ({ view, seconds: seconds * pace }));
}
