import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  add(rows: number): void;
  stop(): void;
}

const STEP_PERCENT = 10;

/** A bar on a terminal; elsewhere a line now and then. On stderr, beside the results. */
export function showProgress(total: number): Progress {
  return process.stderr.isTTY ? bar(total) : lines(total);
}

function bar(total: number): Progress {
  const format = "  {bar} {percentage} % · {value} of {total} rows · {eta_formatted} left";
  const view = new SingleBar({ format, hideCursor: true }, Presets.shades_classic);
  view.start(total, 0);
  return { add: (rows) => view.increment(rows), stop: () => view.stop() };
}

function lines(total: number): Progress {
  const number = new Intl.NumberFormat("en");
  let done = 0;
  let told = 0;
  return {
    add: (rows) => {
      done += rows;
      const percent = Math.floor((done / total) * 100);
      if (percent < told + STEP_PERCENT) return;
      told = percent;
      process.stderr.write(`  ${number.format(done)} of ${number.format(total)} rows (${percent} %)\n`);
    },
    stop: () => undefined,
  };
}
