import { useEffect } from "react";

const STORAGE_KEY = "tock-shortcuts";

/** Used where the browser denies storage, for example in another site's frame. Lasts until the page is closed. */
let enabledInMemory = true;

/** Single-key shortcuts can be turned off: speech input and accidental key presses trigger them (WCAG 2.1.4). */
export function areShortcutsEnabled(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== "off";
  } catch {
    return enabledInMemory;
  }
}

export function setShortcutsEnabled(enabled: boolean): void {
  enabledInMemory = enabled;
  try {
    localStorage.setItem(STORAGE_KEY, enabled ? "on" : "off");
  } catch {
    // Storage is denied: the variable above holds the setting.
  }
}

const isTyping = (target: EventTarget | null) =>
  target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]") !== null;

/** Registers single-key shortcuts of a component (KeyboardEvent.key → handler). They are ignored in text fields. */
export function useShortcuts(handlers: Record<string, () => void>) {
  // Without dependencies: the handlers are new with every render.
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event;
      const handle = handlers[key];
      if (!handle || ctrlKey || metaKey || altKey || isComposing || defaultPrevented) return;
      if (isTyping(target) || !areShortcutsEnabled()) return;
      event.preventDefault();
      handle();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  });
}
