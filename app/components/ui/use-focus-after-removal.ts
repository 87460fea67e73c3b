import { type RefObject, useEffect, useRef } from "react";

/**
 * The focused button disappears with the item that it removed, and the browser would reset the focus to the top of the
 * page: after a removal the list takes a lost focus.
 * @returns the ref of the list, which needs a `tabIndex`
 */
export function useFocusAfterRemoval<E extends HTMLElement>(itemCount: number): RefObject<E> {
  const list = useRef<E>(null);
  const previousCount = useRef(itemCount);

  useEffect(() => {
    const focused = document.activeElement;
    const isFocusLost = !focused || focused === document.body;
    if (itemCount < previousCount.current && isFocusLost) list.current?.focus();
    previousCount.current = itemCount;
  }, [itemCount]);

  return list;
}
