import { useEffect } from "react";

const SWITCH = "tock-shortcuts";

/** For as long as the page lives, where the browser lets it keep nothing: in another site's frame, for one. */
let on = true;

/** Whether single keys are shortcuts: whoever speaks to their computer, or presses keys by accident, turns them off. */
export function areShortcutsEnabled(): boolean {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return on;
  }
}

export function setShortcutsEnabled(wanted: boolean): void {
  on = wanted;
  try {
    localStorage.setItem(SWITCH, wanted ? "on" : "off");
  } catch {
    // It is kept above.
  }
}

const ROW = "[data-task]";

const rowInUse = () => document.activeElement?.closest(ROW) ?? null;
const reach = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();
const press = (selector: string, within: ParentNode | null = document) =>
  within?.querySelector<HTMLElement>(selector)?.click();

/** To the check of the next row, or the one before; from elsewhere to the first. */
function step(by: 1 | -1) {
  const rows = [...document.querySelectorAll(ROW)];
  const from = rows.indexOf(rowInUse() as Element);
  const to = rows[from < 0 ? 0 : Math.min(Math.max(from + by, 0), rows.length - 1)];
  to?.querySelector<HTMLElement>("[data-check]")?.focus();
}

/** Each works on what is on the page already, by a press that anybody could make. */
const KEYS: Record<string, () => void> = {
  n: () => reach("[name=title]"),
  "/": () => reach("[data-filter][aria-current]"),
  j: () => step(1),
  k: () => step(-1),
  x: () => press("[data-check]", rowInUse()),
  e: () => press("[data-edit]", rowInUse()),
  Backspace: () => press("[data-delete]", rowInUse()),
  Delete: () => press("[data-delete]", rowInUse()),
  u: () => press("[data-undo]"),
  "?": () => press("[data-shortcuts]"),
};

const isTyping = (target: EventTarget | null) =>
  target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]") !== null;

function onKeyDown(event: KeyboardEvent) {
  const { key, target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event;
  const work = KEYS[key];
  if (!work || ctrlKey || metaKey || altKey || isComposing || defaultPrevented) return;
  if (isTyping(target) || !areShortcutsEnabled()) return;
  event.preventDefault();
  work();
}

/** Single keys for everything on the dashboard, never while somebody types. */
export function useShortcuts() {
  useEffect(() => {
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
