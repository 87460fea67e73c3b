/** A message that the next page shows once, for example after a redirect. */
export interface Notice {
  text: string;
  /** The id of a deleted task, for an Undo button. */
  undo?: number | undefined;
}
