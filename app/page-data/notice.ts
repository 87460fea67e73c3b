/** What a page tells once, after something was done. */
export interface Notice {
  text: string;
  /** The deleted task that it offers to bring back. */
  undo?: number | undefined;
}
