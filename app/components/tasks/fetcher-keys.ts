/** Names by which one component sends a form and another follows what becomes of it. */
export const RESTORE_TASK = "restore-task";
