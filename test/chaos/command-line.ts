/*
 * Options, progress and exit codes of the chaos command lines.
 */

export const print = (text: string): void => void process.stdout.write(text);

/** @throws Error unless the option is absent or a whole number in the range */
export function parseWholeNumber(
  option: string,
  text: string | undefined,
  { min, max }: { min: number; max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${option} must be a whole number from ${min} to ${max}`);
  return value;
}

/** The named scenarios, or all. @throws Error for an unknown name */
export function selectScenarios<T>(
  names: string[] | undefined,
  scenarios: Record<string, T>,
): Map<string, T> {
  const selected = new Map<string, T>();
  for (const name of names ?? Object.keys(scenarios)) {
    const scenario = scenarios[name];
    if (!scenario)
      throw new Error(`unknown scenario ${name}; choose from ${Object.keys(scenarios).join(", ")}`);
    selected.set(name, scenario);
  }
  return selected;
}

/** The lines of `--help` that list the scenarios. */
export function describeScenarios(scenarios: Record<string, { description: string }>): string {
  const width = Math.max(...Object.keys(scenarios).map((name) => name.length)) + 2;
  return Object.entries(scenarios)
    .map(([name, { description }]) => `  ${name.padEnd(width)}${description}\n`)
    .join("");
}

const REFRESH_MS = 500;

/**
 * Shows the current message and the elapsed time on one line of a terminal. Otherwise prints a line per message or, with
 * `intervalMs`, the current message at that interval.
 */
export function startProgress(name: string, { intervalMs = 0 } = {}) {
  const startedAt = Date.now();
  const isTerminal = process.stdout.isTTY;
  let message = "running";
  let printedAt = 0;
  const line = () => `${name} ${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${message}`;
  const redraw = () => print(`\r\x1b[2K${line()}`);
  const printLine = () => {
    printedAt = Date.now();
    print(`${line()}\n`);
  };
  const refresh = () => {
    if (isTerminal) redraw();
    else if (intervalMs > 0 && Date.now() - printedAt >= intervalMs) printLine();
  };
  const timer = setInterval(refresh, REFRESH_MS);
  refresh();
  return {
    onProgress(current: string) {
      message = current;
      if (isTerminal) redraw();
      else if (intervalMs === 0) printLine();
    },
    end() {
      clearInterval(timer);
      if (isTerminal) print("\r\x1b[2K");
    },
  };
}

/** @returns a signal that SIGINT and SIGTERM abort, so that servers and databases are stopped first */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) return;
      print("\ninterrupted: stopping servers\n");
      controller.abort(new Error("interrupted"));
    });
  }
  return controller.signal;
}

/** Ends the process with the exit code of `main`, or with 1 and a one-line error. */
export async function exitWith(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
