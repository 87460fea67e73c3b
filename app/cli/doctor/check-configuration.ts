import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { EnvError } from "../../env/env-error.server.ts";
import { type CliEnv, cliEnv, env, type WebEnv, webEnv } from "../../env.server.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const TOPIC = "configuration";

interface Configuration {
  findings: Finding[];
  /** The variables of the commands, unless they are invalid. */
  commandEnv: CliEnv | undefined;
  /** The variables of the web server, unless they are invalid. A missing secret does not keep other checks from running. */
  serverEnv: WebEnv | undefined;
}

/** Checks all variables as a start does, but generates no secrets. */
export async function checkConfiguration(): Promise<Configuration> {
  return {
    findings: await checkVariables(),
    commandEnv: undefinedIfInvalid(cliEnv),
    serverEnv: undefinedIfInvalid(webEnv),
  };
}

async function checkVariables(): Promise<Finding[]> {
  try {
    const { DATABASE_URL, DATA_DIR } = webEnv();
    const secrets = join(DATA_DIR, "secrets.json");
    if (!DATABASE_URL && !existsSync(secrets))
      return [note(TOPIC, "secrets.json does not exist yet: the first start creates it in DATA_DIR")];
    // Before env(), which corrects the mode of the file if the embedded database uses it.
    const secretsFindings = DATABASE_URL ? [] : await checkSecretsFile(secrets);
    env();
    return [ok(TOPIC, "all variables are valid"), ...secretsFindings];
  } catch (error) {
    if (error instanceof EnvError || (error as Error).message.startsWith("DATA_DIR:"))
      return [problem(TOPIC, (error as Error).message)];
    throw error;
  }
}

function undefinedIfInvalid<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

async function checkSecretsFile(file: string): Promise<Finding[]> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats || (stats.mode & 0o077) === 0) return [];
  return [
    problem(
      TOPIC,
      `other accounts could read ${file}. Its mode is 600 now: rotate the secrets if such an account is not trusted`,
    ),
  ];
}
