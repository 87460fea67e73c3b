import { print } from "../output.ts";
import { checkConfiguration } from "./check-configuration.ts";
import { checkDatabase } from "./check-database.ts";
import { checkProxies } from "./check-proxies.ts";
import { checkMail, checkRedis } from "./check-services.ts";
import { checkBackups, checkDiskSpace } from "./check-storage.ts";
import { type Finding, note } from "./finding.ts";

/** `npm run doctor`: prints one line per check, and sets exit code 1 if there is a problem. */
export async function doctorCommand(signal: AbortSignal): Promise<void> {
  const { findings, commandEnv, serverEnv } = await checkConfiguration();
  findings.forEach(printFinding);
  const checks = [
    checkIfValid("database", commandEnv, (env) => checkDatabase(env, serverEnv?.DB_PGBOUNCER, signal)),
    checkIfValid("proxies", serverEnv, checkProxies),
    checkIfValid("redis", serverEnv, checkRedis),
    checkIfValid("mail", serverEnv, checkMail),
    checkIfValid("disk", commandEnv, checkDiskSpace),
    checkIfValid("backup", commandEnv, checkBackups),
  ];
  for (const check of checks) {
    const found = [await check()].flat();
    found.forEach(printFinding);
    findings.push(...found);
  }
  const problems = findings.filter(({ level }) => level === "problem").length;
  print(
    problems === 0 ? "No problems found." : `${problems} ${problems === 1 ? "problem" : "problems"} found.`,
  );
  if (problems > 0) process.exitCode = 1;
}

function checkIfValid<Env>(
  topic: string,
  env: Env | undefined,
  check: (env: Env) => Promise<Finding | Finding[]>,
): () => Promise<Finding | Finding[]> {
  if (env !== undefined) return () => check(env);
  return async () => note(topic, "not checked, because the configuration is invalid");
}

function printFinding({ level, topic, text }: Finding): void {
  print(`${level.padEnd(7)}  ${topic}: ${text.replace(/\.$/, "")}.`);
}
