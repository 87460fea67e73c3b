import type { RefObject } from "react";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";

interface TaskActions {
  onEdit: (id: number) => void;
  onDelete: (id: number) => void;
}

/** The shortcuts of the rows in a list: they move between tasks and act on the task that has the focus. */
export function useTaskShortcuts(list: RefObject<HTMLElement>, { onEdit, onDelete }: TaskActions) {
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-task]") ?? [])];
  const focusedIndex = () => rows().findIndex((row) => row.contains(document.activeElement));
  const checkAt = (index: number) => rows()[index]?.querySelector<HTMLElement>(".check");
  const moveBy = (step: 1 | -1) => {
    const index = focusedIndex();
    checkAt(index < 0 ? 0 : Math.min(Math.max(index + step, 0), rows().length - 1))?.focus();
  };
  const withFocusedTask = (act: (id: number) => void) => () => {
    const row = rows()[focusedIndex()];
    if (row) act(Number(row.dataset.task));
  };

  useShortcuts({
    j: () => moveBy(1),
    k: () => moveBy(-1),
    x: () => checkAt(focusedIndex())?.click(),
    e: withFocusedTask(onEdit),
    Backspace: withFocusedTask(onDelete),
    Delete: withFocusedTask(onDelete),
  });
}
