import { z } from "zod";
import { EnvError } from "./env-error.server.ts";

/**
 * Parses HF_SPACE_SECRETS, the one variable in which Hugging Face passes a Space its secrets.
 * @param raw a JSON object of strings, or KEY=value lines
 * @throws EnvError
 */
export function parseSpaceSecrets(raw: string | undefined): Record<string, string> {
  const text = raw?.trim();
  if (!text) return {};
  return text.startsWith("{") ? parseJson(text) : parseLines(text);
}

function parseJson(text: string): Record<string, string> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch {
    throw new EnvError("HF_SPACE_SECRETS: must be a JSON object of strings, or KEY=value lines.");
  }
}

function parseLines(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() && !line.trim().startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const separator = line.indexOf("=");
      if (separator < 1) throw new EnvError("HF_SPACE_SECRETS: each line must have the form KEY=value.");
      return [line.slice(0, separator).trim(), line.slice(separator + 1).trim()];
    }),
  );
}
