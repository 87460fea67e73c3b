/** The fetcher that UndoForm submits and the task list observes. */
export const RESTORE_TASK = "restore-task";
