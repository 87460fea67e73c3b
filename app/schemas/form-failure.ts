/** What a page's action answers when the form was not accepted: all that is needed to show it again as it was. */
export interface FormFailure {
  failed: true;
  /** Which of the page's forms it was. */
  intent: string;
  message: string;
  errors: Record<string, string[]>;
  /** Everything the form sent, hidden fields too, passwords excepted. */
  values: Record<string, string>;
}
