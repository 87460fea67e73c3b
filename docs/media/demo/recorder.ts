import type { Page } from "playwright-core";

/** What the film shows at one moment. */
export interface View {
  /** The page, as base64 of a JPEG. */
  picture: string;
  /** What is to be seen, in a sentence; a line break parts it from a second one. */
  caption: string;
  /** What the page does not show: a key that is pressed, JavaScript that is off. */
  badge: string;
  pointer: { x: number; y: number; pressed: boolean } | null;
  /** Instead of the page: words alone. */
  card: { title: string; text: string } | null;
}

export interface Frame {
  /** Milliseconds into the film. */
  at: number;
  view: View;
}

const BLANK: View = { picture: "", caption: "", badge: "", pointer: null, card: null };
export const QUALITY = 90;

export type Reel = ReturnType<typeof createReel>;

/** Keeps what is shown, and when. Its clock stands still while something is prepared. */
export function createReel() {
  const frames: Frame[] = [];
  let view = BLANK;
  let filmed = 0;
  let rollingSince: number | undefined;
  const now = () => filmed + (rollingSince === undefined ? 0 : performance.now() - rollingSince);
  return {
    frames,
    now,
    roll: () => {
      rollingSince ??= performance.now();
    },
    pause: () => {
      filmed = now();
      rollingSince = undefined;
    },
    show: (change: Partial<View>) => {
      view = { ...view, ...change };
      frames.push({ at: now(), view });
    },
  };
}

/** Films a page: every change of it is shown. @returns what ends that */
export async function film(reel: Reel, page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  session.on("Page.screencastFrame", ({ data, sessionId }) => {
    reel.show({ picture: data });
    session.send("Page.screencastFrameAck", { sessionId }).catch(() => undefined);
  });
  // A page that stands still may not send anything at first.
  const first = await page.screenshot({ type: "jpeg", quality: QUALITY });
  reel.show({ picture: first.toString("base64"), pointer: null, card: null });
  await session.send("Page.startScreencast", { format: "jpeg", quality: QUALITY });
  return async () => {
    await session.send("Page.stopScreencast");
    await session.detach();
  };
}
