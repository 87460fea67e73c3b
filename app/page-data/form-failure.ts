/** The result of an action that rejects a form: everything that is needed to render the form again as submitted. */
export interface FormFailure {
  failed: true;
  /** The page's form. */
  intent: string;
  message: string;
  errors: Record<string, string[]>;
  /** All submitted fields, hidden ones included, except passwords. */
  values: Record<string, string>;
}

/** Creates the failure of a form from its submitted fields. */
export function formFailure(
  fields: FormData,
  message: string,
  errors: Record<string, string[]> = {},
): FormFailure {
  const texts = [...fields].filter(([name, value]) => typeof value === "string" && !/password/i.test(name));
  const values = Object.fromEntries(texts) as Record<string, string>;
  return { failed: true, intent: values.intent ?? "", message, errors, values };
}
