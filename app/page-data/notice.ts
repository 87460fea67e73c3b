/** A message that the next page shows once, for example after a redirect. */
export interface Notice {
  text: string;
  /** The id of a deleted task, or of one that is done, for an Undo button. */
  undo?: number | undefined;
  /** Undo reopens the task instead of restoring it. */
  reopen?: true | undefined;
  /** Milliseconds since 1970 until which a reload shows the Undo button again. */
  undo_until?: number | undefined;
  /** Tasks were added from the quick-add form, whose field takes the next one. */
  added?: true | undefined;
  /** The address of a task that the page does not show. */
  show?: string | undefined;
  /** Links to the trash. */
  trash?: true | undefined;
  /** For screen readers only: the page shows the result. */
  quiet?: true | undefined;
  /** The user has signed out, as opposed to a session that has ended. Removes the drafts of the tab. */
  signed_out?: true | undefined;
}
