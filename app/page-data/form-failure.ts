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

/** The failure of a form that sent these fields. */
export function formFailure(
  fields: FormData,
  message: string,
  errors: Record<string, string[]> = {},
): FormFailure {
  const texts = [...fields].filter(([name, value]) => typeof value === "string" && !/password/i.test(name));
  const values = Object.fromEntries(texts) as Record<string, string>;
  return { failed: true, intent: values.intent ?? "", message, errors, values };
}
