import { z } from "zod";
import { EnvError } from "./env-error.server.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const jsonSchema = z.record(z.string(), scalar);

/** A line of a shell or a .env file. Quotation marks around the value do not belong to it. */
const LINE = /^(?:export\s+)?([^=\s]+)\s*=\s*(?:"(.*)"|'(.*)'|(.*))$/;

/**
 * Parses HF_SPACE_SECRETS, the one variable in which Hugging Face passes a Space its secrets.
 * @param raw a JSON object of texts, numbers and booleans, or lines of `NAME=value` or `export NAME=value`
 * @throws EnvError
 */
export function parseSpaceSecrets(raw: string | undefined): Record<string, string> {
  const text = raw?.trim();
  if (!text) return {};
  const variables = text.startsWith("{") ? parseJson(text) : parseLines(text);
  for (const name of Object.keys(variables)) {
    // An ignored variable would silently select a default, such as the embedded database.
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new EnvError("HF_SPACE_SECRETS: a name may contain only letters, digits and underscores.");
  }
  return variables;
}

function parseJson(text: string): Record<string, string> {
  try {
    return jsonSchema.parse(JSON.parse(text));
  } catch {
    throw new EnvError(
      "HF_SPACE_SECRETS: must be a JSON object of texts, numbers and booleans, or lines of NAME=value.",
    );
  }
}

function parseLines(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line && !line.startsWith("#"))
      .map((line) => {
        const [, name, double, single, plain] = LINE.exec(line) ?? [];
        if (name === undefined)
          throw new EnvError("HF_SPACE_SECRETS: each line must have the form NAME=value.");
        return [name, double ?? single ?? plain ?? ""];
      }),
  );
}
