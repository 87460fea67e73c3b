import { setTimeout as sleep } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import type { Reel } from "./recorder.ts";

const CONTROL_MS = 5_000;
const STEP_MS = 40;
const STEPS = 8;
const TYPING_MS = 45;
const KEY_MS = 220;
/** How many times Tab may be pressed before a control counts as out of reach. */
const TABS = 40;

export type Actor = ReturnType<typeof createActor>;

/** Somebody who uses the page so that it can be followed. What they cannot find ends the film with its name. */
export function createActor(reel: Reel, page: Page) {
  let hand = { x: 640, y: 300 };

  async function find(control: Locator, name: string): Promise<Locator> {
    const first = control.first();
    await first.waitFor({ timeout: CONTROL_MS }).catch(() => {
      throw new Error(`there is no ${name} on ${new URL(page.url()).pathname}`);
    });
    return first;
  }

  async function point(control: Locator): Promise<void> {
    await control.scrollIntoViewIfNeeded();
    const box = await control.boundingBox();
    if (!box) return;
    // The start of a wide field, the middle of a button.
    const to = { x: box.x + Math.min(box.width / 2, 140), y: box.y + box.height / 2 };
    const from = hand;
    for (let step = 1; step <= STEPS; step++) {
      const way = 1 - (1 - step / STEPS) ** 3;
      hand = { x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way };
      reel.show({ pointer: { ...hand, pressed: false } });
      await sleep(STEP_MS);
    }
  }

  /** The one thing that has the focus, in light or shadow. */
  const hasFocus = (control: Locator) => control.evaluate((element) => element === document.activeElement);

  const actor = {
    page,
    find,
    /** Says what is to be seen, and leaves time to read it. */
    async say(caption: string, ms = 1_500): Promise<void> {
      reel.show({ caption });
      await sleep(ms);
    },
    wait: (ms: number) => sleep(ms),
    async click(control: Locator, name: string): Promise<void> {
      const found = await find(control, name);
      await point(found);
      reel.show({ pointer: { ...hand, pressed: true } });
      await found.click();
      await sleep(150);
      reel.show({ pointer: { ...hand, pressed: false } });
    },
    async type(control: Locator, name: string, text: string): Promise<void> {
      const found = await find(control, name);
      await point(found);
      // It would cover what is written.
      reel.show({ pointer: null });
      await found.fill("");
      await found.pressSequentially(text, { delay: TYPING_MS });
    },
    async press(key: string, shown = key): Promise<void> {
      reel.show({ badge: shown, pointer: null });
      await page.keyboard.press(key);
      await sleep(KEY_MS);
    },
    write: (text: string) => page.keyboard.type(text, { delay: TYPING_MS }),
    /** Presses Tab until the control has the focus. */
    async tabTo(control: Locator, name: string): Promise<void> {
      const found = await find(control, name);
      for (let tabs = 0; tabs < TABS; tabs++) {
        if (await hasFocus(found)) return;
        await actor.press("Tab");
      }
      throw new Error(`Tab does not reach ${name}`);
    },
  };
  return actor;
}
