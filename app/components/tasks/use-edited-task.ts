import { useState } from "react";
import type { ListedTask } from "#app/schemas/task.ts";

interface EditedTask {
  task: ListedTask;
  index: number;
  listPath: string;
}

/**
 * The task whose editor is open. With text that is not saved it stays in its place when it leaves the list: another tab
 * or device may have deleted it.
 */
export function useEditedTask(
  listedTasks: ListedTask[],
  isUnsaved: (task: ListedTask) => boolean,
  listPath: string,
) {
  const [edited, setEdited] = useState<EditedTask | null>(null);
  const edit = (id: number) => {
    const index = shownTasks.findIndex((task) => task.id === id);
    const task = shownTasks[index];
    setEdited(task ? { task, index, listPath } : null);
  };
  const isListed = listedTasks.some(({ id }) => id === edited?.task.id);
  const shownTasks = [...listedTasks];
  if (edited?.listPath === listPath && !isListed && isUnsaved(edited.task))
    shownTasks.splice(edited.index, 0, edited.task);
  return { shownTasks, editingId: edited?.task.id ?? null, edit, closeEditor: () => setEdited(null) };
}
