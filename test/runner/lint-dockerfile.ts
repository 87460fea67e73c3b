import { readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";

/*
 * `tsx test/lint-dockerfile.ts [file]`: every complaint of dockerfile-utils is an error, and so is a breach of what our
 * image has to be and no general linter can know.
 */

interface Instruction {
  line: number;
  keyword: string;
  args: string;
}

const PORT = "7860";
const SECRET_NAME = /SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|PRIVATE_?KEY|DATABASE_URL|REDIS_URL/i;
const URL_WITH_PASSWORD = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/**
 * Checks a Dockerfile.
 * @returns one line for each thing that is wrong, with the number of the line it is on
 */
export function lintDockerfile(text: string): string[] {
  const general = validate(text).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`);
  const instructions = parse(text);
  const lastFrom = instructions.findLastIndex(({ keyword }) => keyword === "FROM");
  if (lastFrom < 0) return [...general, "line 1: there is no FROM"];
  const final = finalStage(inherited(instructions, lastFrom), instructions[lastFrom]?.line ?? 1);
  return [...general, ...baseImages(instructions), ...secrets(instructions), ...final];
}

/** Instructions with their continuation lines joined, without comments. */
function parse(text: string): Instruction[] {
  const found: Instruction[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const row = raw.trim();
    if (row === "" || row.startsWith("#")) continue;
    open = { line: open?.line ?? index + 1, text: `${open?.text ?? ""}${row.replace(/\\$/, "")}` };
    if (row.endsWith("\\")) continue;
    const [, keyword = "", args = ""] = /^(\S+)\s*(.*)$/.exec(open.text) ?? [];
    found.push({ line: open.line, keyword: keyword.toUpperCase(), args: args.trim() });
    open = undefined;
  }
  return found;
}

const fromOf = ({ args }: Instruction) => {
  const [image = "", , stage] = args.replace(/^(--\S+\s+)+/, "").split(/\s+/);
  return { image, stage };
};

/** A stage with what it builds on, as far as that is in this file: USER and the like are inherited. */
function inherited(all: Instruction[], from: number): Instruction[] {
  const start = all[from];
  if (!start) return [];
  const end = all.findIndex(({ keyword }, index) => index > from && keyword === "FROM");
  const own = all.slice(from, end < 0 ? undefined : end);
  const base = all.findIndex(
    (other, index) => index < from && other.keyword === "FROM" && fromOf(other).stage === fromOf(start).image,
  );
  return base < 0 ? own : [...inherited(all, base), ...own];
}

function baseImages(all: Instruction[]): string[] {
  const froms = all.filter(({ keyword }) => keyword === "FROM");
  const stages = new Set(froms.map((from) => fromOf(from).stage));
  return froms
    .filter((from) => !stages.has(fromOf(from).image) && !isPinned(fromOf(from).image))
    .map((from) => `line ${from.line}: pin ${fromOf(from).image} to a version, as in node:24-bookworm-slim`);
}

const isPinned = (image: string): boolean =>
  image === "scratch" || /@sha256:[0-9a-f]{64}$/.test(image) || /:\d[^:/]*$/.test(image);

/** Whatever is set here can be read by everybody who has the image. */
function secrets(all: Instruction[]): string[] {
  return all.flatMap(({ line, keyword, args }) => {
    if (keyword !== "ENV" && keyword !== "ARG") return [];
    const names = [...args.matchAll(/(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)/g)].map(([, name = ""]) => name);
    const secret = names.find((name) => SECRET_NAME.test(name));
    if (!secret && !URL_WITH_PASSWORD.test(args)) return [];
    return [
      `line ${line}: ${secret ?? "a URL with a password"} must not be in the image; it comes at run time`,
    ];
  });
}

function finalStage(stage: Instruction[], line: number): string[] {
  const last = (keyword: string) => stage.findLast((one) => one.keyword === keyword);
  const wrong: string[] = [];
  const expect = (fine: boolean, { line }: { line: number }, message: string) => {
    if (!fine) wrong.push(`line ${line}: ${message}`);
  };
  const nowhere = { line };
  const user = last("USER");
  expect(isUnprivileged(user?.args), user ?? nowhere, "the final stage must not run as root: USER 1000:1000");
  const health = last("HEALTHCHECK");
  expect(/\bCMD\b/.test(health?.args ?? ""), health ?? nowhere, "the final stage needs a HEALTHCHECK");
  const ports = stage.filter(({ keyword }) => keyword === "EXPOSE").flatMap(({ args }) => args.split(/\s+/));
  expect(
    ports.includes(PORT) || ports.includes(`${PORT}/tcp`),
    nowhere,
    `the final stage must EXPOSE ${PORT}`,
  );
  const command = last("CMD") ?? last("ENTRYPOINT");
  expect(command !== undefined, nowhere, "the final stage needs a CMD");
  for (const one of [last("CMD"), last("ENTRYPOINT")]) {
    if (one)
      expect(isExecForm(one.args), one, "a shell would keep SIGTERM to itself: write it as a JSON array");
  }
  return wrong;
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
  const wrong = lintDockerfile(readFileSync(file, "utf8"));
  for (const line of wrong) process.stderr.write(`${file}: ${line}\n`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
