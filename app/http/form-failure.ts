import type { FieldErrors } from "#app/errors.ts";

/** What a page's action answers when the form was not accepted: all that is needed to show it again as it was. */
export interface FormFailure {
  failed: true;
  /** Which of the page's forms it was. */
  intent: string;
  message: string;
  errors: FieldErrors;
  /** Everything typed, passwords excepted. */
  values: Record<string, string>;
}
