import { useFetcher } from "@remix-run/react";
import { type FocusEvent, useEffect, useRef } from "react";
import { RESTORE_TASK } from "#app/components/ui/fetcher-keys.ts";

/**
 * Moves the focus when the focused task leaves the list: to the task that takes its place, or to the heading of an
 * empty list. Also moves it to a restored task. Otherwise the browser would reset the focus to the top of the page.
 */
export function useFocusKeeper(ids: number[]) {
  const section = useRef<HTMLElement>(null);
  const lastFocused = useRef<{ id: number; index: number } | null>(null);
  const restoredId = useRestoredId();

  const onFocus = ({ target }: FocusEvent) => {
    // A dialog returns the focus to the task when it closes.
    if (target.closest("dialog")) return;
    const id = Number(target.closest<HTMLElement>("[data-task]")?.dataset.task);
    const index = ids.indexOf(id);
    lastFocused.current = index < 0 ? null : { id, index };
  };

  // After each render: a task that is taken back may be in the list already.
  useEffect(() => {
    const lost = lastFocused.current;
    const restored = restoredId.current;
    const isRestored = restored !== null && ids.includes(restored);
    const isLost = lost !== null && !ids.includes(lost.id);
    if (isRestored) restoredId.current = null;
    if (isLost) lastFocused.current = null;
    const focused = document.activeElement;
    // A closing dialog still holds the focus, and so does the undo button, which disappears with its notice.
    if (focused && focused !== document.body && !focused.closest("dialog, [data-undo]")) return;
    const nextFocusId = isRestored ? restored : isLost ? ids[Math.min(lost.index, ids.length - 1)] : null;
    if (nextFocusId === null) return;
    const target = nextFocusId === undefined ? "h2" : `[data-task="${nextFocusId}"] button`;
    section.current?.querySelector<HTMLElement>(target)?.focus();
  });

  return { section, onFocus };
}

/** The id of the task that was restored last, kept until the list contains it. */
function useRestoredId() {
  const restoring = useFetcher({ key: RESTORE_TASK }).formData?.get("id");
  const restoredId = useRef<number | null>(null);
  useEffect(() => {
    if (restoring !== undefined) restoredId.current = Number(restoring);
  }, [restoring]);
  return restoredId;
}
