/** A field that was changed while its form was open. */
export interface ConflictingField {
  /** The text that was saved elsewhere. */
  saved: string;
  /** Whether the form has changed it too. */
  edited: boolean;
}

/** A task that was changed while its form was open. */
export interface TaskConflict {
  /** The task's version now. */
  version: number;
  fields: Partial<Record<"title" | "description", ConflictingField>>;
}

/** Data that a form needs to continue after a failure. */
export interface FormRecovery {
  conflict?: TaskConflict;
  /** The task was deleted: the submission id of a form that adds its text as a new task. */
  submissionId?: string;
}

/** The result of an action that rejects a form: everything that is needed to render the form again as submitted. */
export interface FormFailure {
  failed: true;
  /** The page's form. */
  intent: string;
  message: string;
  errors: Record<string, string[]>;
  /** All submitted fields, hidden ones included, except passwords and codes. */
  values: Record<string, string>;
  /** A password or code was submitted, so that `values` alone cannot be submitted again. */
  hasSecret: boolean;
  recovery?: FormRecovery | undefined;
}

/** Creates the failure of a form from its submitted fields. */
export function formFailure(
  fields: FormData,
  message: string,
  errors: Record<string, string[]> = {},
): FormFailure {
  const texts = [...fields].filter((field): field is [string, string] => typeof field[1] === "string");
  const isSecret = (name: string) => /password|code/i.test(name);
  const values = Object.fromEntries(texts.filter(([name]) => !isSecret(name)));
  const hasSecret = texts.some(([name, value]) => isSecret(name) && value !== "");
  return { failed: true, intent: values.intent ?? "", message, errors, values, hasSecret };
}
