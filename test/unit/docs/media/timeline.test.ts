import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { View } from "../../../../docs/media/demo/recorder.ts";
import { createTimeline } from "../../../../docs/media/demo/timeline.ts";

const view = (caption: string): View => ({ picture: "", caption, badge: "", pointer: null, card: null });
const shown = (frames: ReturnType<typeof createTimeline>) =>
  frames.map(({ view, seconds }) => [view.caption, seconds]);

describe("the timeline of the demo film", () => {
  it("shows each view until the next one, skips very short views and shortens long waits", () => {
    const views = [0, 1_000, 1_010, 1_500, 21_500].map((at) => ({ at, view: view(String(at)) }));
    expect(shown(createTimeline(views, 22_000, 90))).toEqual([
      ["0", 1],
      ["1010", 0.5],
      ["1500", 2.6],
      ["21500", 0.5],
    ]);
  });

  it("keeps the recorded order and never exceeds the maximum length", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 90 }),
        (gaps, maxSeconds) => {
          let time = 0;
          const views = gaps.map((gap) => {
            time += gap;
            return { at: time, view: view(String(time)) };
          });
          const frames = createTimeline(views, time + 1_000, maxSeconds);
          const totalSeconds = frames.reduce((sum, { seconds }) => sum + seconds, 0);
          expect(totalSeconds).toBeLessThanOrEqual(maxSeconds + 1e-6);
          const order = frames.map((frame) => Number(frame.view.caption));
          expect(order).toEqual([...order].sort((a, b) => a - b));
          expect(frames.every(({ seconds }) => seconds > 0)).toBe(true);
          expect(order.at(-1)).toBe(time);
        },
      ),
    );
  });
});
