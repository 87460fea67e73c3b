import { type RefObject, useEffect, useRef } from "react";

/**
 * Returns the focus to the edit link when its editor closes, on narrow screens to the title, unless the reader has moved it
 * elsewhere.
 */
export function useReturnedFocus(list: RefObject<HTMLElement>, editingId: number | null) {
  const previousId = useRef(editingId);
  useEffect(() => {
    const closedId = previousId.current;
    previousId.current = editingId;
    if (closedId === null || closedId === editingId || document.activeElement !== document.body) return;
    const row = list.current?.querySelector(`[data-task="${closedId}"]`);
    // On narrow screens the edit link is hidden, and the focus stays on the title.
    for (const link of row?.querySelectorAll<HTMLElement>(".title a, .edit") ?? []) link.focus();
  }, [list, editingId]);
}
