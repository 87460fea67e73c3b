import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { EnvError } from "./env-error.server.ts";

/**
 * Reads the variables of a .env file; none if there is no such file. Node's process.loadEnvFile cannot serve: it reports
 * a file that it may not read as absent, and Tock would start with a new embedded database.
 * @throws EnvError if the file cannot be read
 */
export function readEnvFile(file: string): Record<string, string> {
  try {
    return parseEnv(readFileSync(file, "utf8")) as Record<string, string>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    throw new EnvError(
      `${file}: cannot be read (${code}). It must be a file that this account may read, or be absent.`,
    );
  }
}
