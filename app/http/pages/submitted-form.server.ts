import type { z } from "zod";
import { AppError, validationError } from "#app/errors.ts";
import { parseInput } from "#app/http/input.server.ts";

/** A submitted form. */
export interface SubmittedForm {
  /** The field `intent`, which tells the forms of a page apart; "" without one. */
  intent: string;
  /** Returns the text of a field, "" when it is absent. */
  get(name: string): string;
  /** Parses the fields without the control fields. @throws AppError VALIDATION_ERROR */
  parse<S extends z.ZodType>(schema: S): z.output<S>;
}

/** Each field of a rejected form is rendered again, which costs time. */
const MAX_FIELDS = 100;

/** Fields that say how to process a form; schemas do not see them. */
const CONTROL_FIELDS = new Set([
  ...["intent", "id", "submission_id", "redirectTo", "return_to", "restore", "as_new", "user_id"],
  ...["version", "base_title", "base_description", "base_completed", "keep_title", "keep_description"],
]);

/** Reads the fields of a submitted form. @throws AppError UNSUPPORTED_MEDIA_TYPE or BAD_REQUEST */
export async function readForm(request: Request): Promise<FormData> {
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    throw new AppError(
      "UNSUPPORTED_MEDIA_TYPE",
      "Send the form as application/x-www-form-urlencoded or multipart/form-data.",
    );
  }
  const fields = await request.formData().catch((cause) => {
    throw new AppError("BAD_REQUEST", "The form could not be read.", { cause });
  });
  if ([...fields.keys()].length > MAX_FIELDS)
    throw new AppError("BAD_REQUEST", `The form has more than ${MAX_FIELDS} fields.`);
  return fields;
}

/** Gives access to form fields. The last value of a repeated field counts. */
export function submittedForm(fields: FormData): SubmittedForm {
  const get = (name: string) => {
    const value = fields.getAll(name).at(-1);
    return typeof value === "string" ? value : "";
  };
  return {
    intent: get("intent"),
    get,
    parse: (schema) => {
      const files = [...fields].filter(([, value]) => typeof value !== "string");
      if (files.length > 0)
        throw validationError(Object.fromEntries(files.map(([name]) => [name, ["Send text, not a file."]])));
      return parseInput(schema, inputFields(fields));
    },
  };
}

function inputFields(fields: FormData): Record<string, string> {
  // Without a prototype, so that a field named "__proto__" is an ordinary field.
  const input: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) {
    // Browsers submit a line break as CRLF, scripts as LF. A length limit must count both alike.
    if (typeof value === "string" && !CONTROL_FIELDS.has(name)) input[name] = value.replaceAll("\r\n", "\n");
  }
  return input;
}
