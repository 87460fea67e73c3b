import { useFetcher } from "@remix-run/react";
import { type FocusEvent, useEffect, useRef } from "react";
import { RESTORE_TASK } from "./fetcher-keys.ts";

/**
 * Keeps the focus in a list when the item that held it goes away: it moves to the check of the item that takes its
 * place, or to the heading when none is left; and to an item that was brought back. Without it the focus falls to the
 * top of the page.
 */
export function useFocusKeeper(ids: number[]) {
  const section = useRef<HTMLElement>(null);
  const last = useRef<{ id: number; index: number } | null>(null);
  const restoring = useFetcher({ key: RESTORE_TASK }).formData?.get("id");
  const restored = useRef<number | null>(null);
  if (restoring !== undefined) restored.current = Number(restoring);
  const key = ids.join();

  const onFocus = ({ target }: FocusEvent) => {
    // A dialog only borrows the focus of the item that it asks about.
    if (target.closest("dialog")) return;
    const id = Number(target.closest<HTMLElement>("[data-task]")?.dataset.task);
    const index = ids.indexOf(id);
    last.current = index < 0 ? null : { id, index };
  };

  useEffect(() => {
    const shown = key === "" ? [] : key.split(",").map(Number);
    const lost = last.current;
    const back = restored.current;
    const isBack = back !== null && shown.includes(back);
    const isGone = lost !== null && !shown.includes(lost.id);
    if (isBack) restored.current = null;
    if (isGone) last.current = null;
    const held = document.activeElement;
    // A dialog that is just closing wants to hand the focus back to the item that is gone; the undo goes with its press.
    if (held && held !== document.body && !held.closest("dialog, [data-undo]")) return;
    const heir = isBack ? back : isGone ? shown[Math.min(lost.index, shown.length - 1)] : null;
    if (heir === null) return;
    const target = heir === undefined ? "h2" : `[data-task="${heir}"] [data-check]`;
    section.current?.querySelector<HTMLElement>(target)?.focus();
  }, [key]);

  return { section, onFocus };
}
