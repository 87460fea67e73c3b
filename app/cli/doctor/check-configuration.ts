import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { EnvError } from "../../env/env-error.server.ts";
import { type CliEnv, cliEnv, env } from "../../env.server.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const TOPIC = "configuration";

/** Checks all variables as a start does. @returns the variables of the commands, unless those are invalid */
export async function checkConfiguration(): Promise<{ findings: Finding[]; env?: CliEnv }> {
  try {
    const commandEnv = cliEnv();
    const secrets = join(commandEnv.DATA_DIR, "secrets.json");
    if (!commandEnv.DATABASE_URL && !existsSync(secrets))
      return {
        findings: [note(TOPIC, "secrets.json does not exist yet: the first start creates it in DATA_DIR")],
        env: commandEnv,
      };
    // Before env(), which corrects the mode of the file if the embedded database uses it.
    const secretsFindings = commandEnv.DATABASE_URL ? [] : await checkSecretsFile(secrets);
    env();
    return {
      findings: [ok(TOPIC, "all variables are valid"), ...secretsFindings],
      env: commandEnv,
    };
  } catch (error) {
    if (error instanceof EnvError || (error as Error).message.startsWith("DATA_DIR:"))
      return { findings: [problem(TOPIC, (error as Error).message)], ...commandEnvIfValid() };
    throw error;
  }
}

/** A missing secret of the web server does not keep the other checks from running. */
function commandEnvIfValid(): { env?: CliEnv } {
  try {
    return { env: cliEnv() };
  } catch {
    return {};
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
