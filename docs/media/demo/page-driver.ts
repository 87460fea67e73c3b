import { setTimeout as sleep } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import type { Recorder } from "./recorder.ts";

const POINTER_STEPS = 8;
const POINTER_STEP_MS = 40;
const TYPING_DELAY_MS = 45;
const KEY_MS = 220;
/** A control that needs more presses of Tab counts as unreachable. */
const MAX_TABS = 40;

export type PageDriver = ReturnType<typeof createPageDriver>;

/** Uses a page slowly enough for a viewer: moves a drawn pointer, types key by key, shows pressed keys. */
export function createPageDriver(recorder: Recorder, page: Page) {
  let pointer = { x: 640, y: 300 };

  async function movePointerTo(control: Locator): Promise<void> {
    await control.scrollIntoViewIfNeeded();
    const box = await control.boundingBox();
    if (!box) return;
    // The start of a wide field, the middle of a button.
    const target = { x: box.x + Math.min(box.width / 2, 140), y: box.y + box.height / 2 };
    const origin = pointer;
    for (let step = 1; step <= POINTER_STEPS; step++) {
      const progress = 1 - (1 - step / POINTER_STEPS) ** 3;
      pointer = {
        x: origin.x + (target.x - origin.x) * progress,
        y: origin.y + (target.y - origin.y) * progress,
      };
      recorder.show({ pointer: { ...pointer, pressed: false } });
      await sleep(POINTER_STEP_MS);
    }
  }

  const driver = {
    page,
    wait: (ms: number) => sleep(ms),
    badge: (text: string) => recorder.show({ badge: text }),
    /** Shows a caption and leaves time to read it. */
    async caption(text: string, ms: number): Promise<void> {
      recorder.show({ caption: text });
      await sleep(ms);
    },
    async click(control: Locator): Promise<void> {
      await movePointerTo(control);
      recorder.show({ pointer: { ...pointer, pressed: true } });
      await control.click();
      await sleep(150);
      recorder.show({ pointer: { ...pointer, pressed: false } });
    },
    async type(field: Locator, text: string): Promise<void> {
      await movePointerTo(field);
      // The pointer would cover the text.
      recorder.show({ pointer: null });
      await field.fill("");
      await field.pressSequentially(text, { delay: TYPING_DELAY_MS });
    },
    async press(key: string, badge = key): Promise<void> {
      recorder.show({ badge, pointer: null });
      await page.keyboard.press(key);
      await sleep(KEY_MS);
    },
    /** Types into the element that has the focus. */
    write: (text: string) => page.keyboard.type(text, { delay: TYPING_DELAY_MS }),
    /** Presses Tab until the control has the focus. */
    async tabTo(control: Locator): Promise<void> {
      for (let tabs = 0; tabs < MAX_TABS; tabs++) {
        if (await control.evaluate((element) => element === document.activeElement)) return;
        await driver.press("Tab");
      }
      throw new Error(`${control} is not reached with ${MAX_TABS} presses of Tab`);
    },
  };
  return driver;
}
