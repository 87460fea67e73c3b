import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutFilm } from "../../../../docs/media/demo/timeline.ts";
import type { View } from "../../../../docs/media/demo/recorder.ts";

const view = (caption: string): View => ({ picture: "", caption, badge: "", pointer: null, card: null });
const shown = (takes: ReturnType<typeof cutFilm>) => takes.map((take) => [take.view.caption, take.seconds]);

describe("the cut of the demo", () => {
  it("shows each view until the next, quick ones as one, and nobody waiting for long", () => {
    const at = [0, 1_000, 1_010, 1_500, 21_500];
    const frames = at.map((time) => ({ at: time, view: view(String(time)) }));
    expect(shown(cutFilm(frames, 22_000, 90))).toEqual([
      ["0", 1],
      ["1010", 0.5],
      ["1500", 2.6],
      ["21500", 0.5],
    ]);
  });

  it("is never longer than it may be, in the order that it was filmed in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 90 }),
        (gaps, most) => {
          let time = 0;
          const frames = gaps.map((gap) => {
            time += gap;
            return { at: time, view: view(String(time)) };
          });
          const takes = cutFilm(frames, time + 1_000, most);
          expect(takes.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(most + 1e-6);
          const order = takes.map((take) => Number(take.view.caption));
          expect(order).toEqual([...order].sort((a, b) => a - b));
          expect(takes.every(({ seconds }) => seconds > 0)).toBe(true);
          expect(order.at(-1)).toBe(time);
        },
      ),
    );
  });
});
