import { type ParseArgsConfig, parseArgs } from "node:util";
import { emailProblem } from "#app/rules/account-rules.ts";

/** The command line is invalid. The usage is printed with the message. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError for an unknown option or a positional argument */
export function parseOptions<Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    // Node adds sentences of advice to the first one.
    const [sentence] = (error as Error).message.split(/\.\s/);
    throw new UsageError(sentence);
  }
}

/** @throws UsageError unless `args` are one email address, and nothing else. @returns it as it is stored */
export function parseEmail(args: string[]): string {
  const [text = "", ...rest] = args;
  const email = text.trim().toLowerCase();
  const problem = rest.length > 0 ? `Unexpected argument '${rest[0]}'` : emailProblem(email);
  if (problem) throw new UsageError(problem.replace(/\.$/, ""));
  return email;
}

/**
 * As parseOptions, with one positional argument.
 * @param what names it in the error
 * @throws UsageError also without it
 */
export function parseArgument<Options extends NonNullable<ParseArgsConfig["options"]>>(
  what: string,
  args: string[],
  options: Options,
) {
  const isArgument = (arg: string) => !arg.startsWith("-");
  const argument = args.find(isArgument);
  if (argument === undefined) throw new UsageError(`${what} is required`);
  const rest = args.toSpliced(args.indexOf(argument), 1);
  return { argument, values: parseOptions(rest, options) };
}

/** @throws UsageError unless `text` is a whole number from `min` to `max` */
export function parseWholeNumber(option: string, text: string, max: number, min = 0): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} must be a whole number from ${min} to ${max}, not "${text}"`);
}
