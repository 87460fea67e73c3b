import { type RefObject, useEffect, useRef } from "react";

/** Returns the focus to the edit link when its editor closes, unless the reader has moved it elsewhere. */
export function useReturnedFocus(list: RefObject<HTMLElement>, editingId: number | null) {
  const previousId = useRef(editingId);
  useEffect(() => {
    const closedId = previousId.current;
    previousId.current = editingId;
    if (closedId === null || closedId === editingId || document.activeElement !== document.body) return;
    list.current?.querySelector<HTMLElement>(`[data-task="${closedId}"] .edit`)?.focus();
  }, [list, editingId]);
}
