import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";

/*
 * `tsx test/runner/lint-dockerfile.ts [file]`: reports every warning of dockerfile-utils, and violations of the rules for
 * this image, which no general linter checks.
 */

interface Instruction {
  line: number;
  keyword: string;
  args: string;
}

const PORT = "7860";
const SECRET_NAME = /SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|PRIVATE_?KEY|DATABASE_URL|REDIS_URL/i;
const URL_WITH_PASSWORD = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** @returns one line for each problem of a Dockerfile, with its line number */
export function lintDockerfile(text: string): string[] {
  const general = validate(text).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
  const instructions = parse(text);
  const lastFrom = instructions.findLastIndex(({ keyword }) => keyword === "FROM");
  if (lastFrom < 0) return [...general, "line 1: there is no FROM"];
  const finalStage = withBaseStages(instructions, lastFrom);
  return [
    ...general,
    ...lintBaseImages(instructions),
    ...lintSecrets(instructions),
    ...lintFinalStage(finalStage, instructions[lastFrom]?.line ?? 1),
  ];
}

/** Joins continuation lines and drops comments. */
function parse(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let pending: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const row = raw.trim();
    if (row === "" || row.startsWith("#")) continue;
    pending = { line: pending?.line ?? index + 1, text: `${pending?.text ?? ""}${row.replace(/\\$/, "")}` };
    if (row.endsWith("\\")) continue;
    const [, keyword = "", args = ""] = /^(\S+)\s*(.*)$/.exec(pending.text) ?? [];
    instructions.push({ line: pending.line, keyword: keyword.toUpperCase(), args: args.trim() });
    pending = undefined;
  }
  return instructions;
}

const parseFrom = ({ args }: Instruction) => {
  const [image = "", , stage] = args.replace(/^(--\S+\s+)+/, "").split(/\s+/);
  return { image, stage };
};

/** A stage after the stages of this file that it is based on: it inherits USER and other settings. */
function withBaseStages(all: Instruction[], from: number): Instruction[] {
  const start = all[from];
  if (!start) return [];
  const end = all.findIndex(({ keyword }, index) => index > from && keyword === "FROM");
  const own = all.slice(from, end < 0 ? undefined : end);
  const base = all.findIndex(
    (other, index) =>
      index < from && other.keyword === "FROM" && parseFrom(other).stage === parseFrom(start).image,
  );
  return base < 0 ? own : [...withBaseStages(all, base), ...own];
}

function lintBaseImages(all: Instruction[]): string[] {
  const froms = all.filter(({ keyword }) => keyword === "FROM");
  const stages = new Set(froms.map((from) => parseFrom(from).stage));
  return froms
    .filter((from) => !stages.has(parseFrom(from).image) && !isPinned(parseFrom(from).image))
    .map(
      (from) => `line ${from.line}: pin ${parseFrom(from).image} to a version, such as node:24-bookworm-slim`,
    );
}

const isPinned = (image: string): boolean =>
  image === "scratch" || /@sha256:[0-9a-f]{64}$/.test(image) || /:\d[^:/]*$/.test(image);

/** ENV and ARG values are readable in the image. */
function lintSecrets(all: Instruction[]): string[] {
  return all.flatMap(({ line, keyword, args }) => {
    if (keyword !== "ENV" && keyword !== "ARG") return [];
    const names = [...args.matchAll(/(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)/g)].map(([, name = ""]) => name);
    const secret = names.find((name) => SECRET_NAME.test(name));
    if (!secret && !URL_WITH_PASSWORD.test(args)) return [];
    return [
      `line ${line}: ${secret ?? "a URL with a password"} must not be in the image; set it at run time`,
    ];
  });
}

function lintFinalStage(stage: Instruction[], line: number): string[] {
  const last = (keyword: string) => stage.findLast(({ keyword: name }) => name === keyword);
  const problems: string[] = [];
  const check = (isValid: boolean, { line }: { line: number }, message: string) => {
    if (!isValid) problems.push(`line ${line}: ${message}`);
  };
  const stageStart = { line };
  const user = last("USER");
  check(
    isUnprivileged(user?.args),
    user ?? stageStart,
    "the final stage must not run as root: USER 1000:1000",
  );
  const health = last("HEALTHCHECK");
  check(/\bCMD\b/.test(health?.args ?? ""), health ?? stageStart, "the final stage needs a HEALTHCHECK");
  const ports = stage.filter(({ keyword }) => keyword === "EXPOSE").flatMap(({ args }) => args.split(/\s+/));
  check(
    ports.includes(PORT) || ports.includes(`${PORT}/tcp`),
    stageStart,
    `the final stage must EXPOSE ${PORT}`,
  );
  check(last("CMD") !== undefined, stageStart, "the final stage needs a CMD");
  const entrypoint = last("ENTRYPOINT");
  check(
    /^\["[^"]*\b(tini|dumb-init)"/.test(entrypoint?.args ?? ""),
    entrypoint ?? stageStart,
    'node as PID 1 reaps no orphans: ENTRYPOINT ["tini", "--"]',
  );
  for (const instruction of [last("CMD"), last("ENTRYPOINT")]) {
    if (instruction)
      check(isExecForm(instruction.args), instruction, "a shell does not forward SIGTERM: use a JSON array");
  }
  return problems;
}

const isUnprivileged = (user = "root"): boolean => !["root", "0"].includes(user.split(":")[0] ?? "");

function isExecForm(args: string): boolean {
  try {
    return Array.isArray(JSON.parse(args));
  } catch {
    return false;
  }
}

if (process.argv[1]?.endsWith("lint-dockerfile.ts")) {
  const file = process.argv[2] ?? "Dockerfile";
  const problems = lintDockerfile(readFileSync(file, "utf8"));
  for (const line of problems) process.stderr.write(`${file}: ${line}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
