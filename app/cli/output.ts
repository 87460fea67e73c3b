/** Prints a line of results. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints a line about an error. */
export const printError = (line: string): void => void process.stderr.write(`${line}\n`);
