import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  add(rows: number): void;
  stop(): void;
}

const STEP_PERCENT = 10;

/** Reports progress on stderr: a bar on a terminal, otherwise a line every 10%. */
export function showProgress(totalRows: number): Progress {
  return process.stderr.isTTY ? showBar(totalRows) : showLines(totalRows);
}

function showBar(totalRows: number): Progress {
  const format = "  {bar} {percentage}% · {value} of {total} rows · {eta_formatted} left";
  const bar = new SingleBar({ format, hideCursor: true }, Presets.shades_classic);
  bar.start(totalRows, 0);
  return { add: (rows) => bar.increment(rows), stop: () => bar.stop() };
}

function showLines(totalRows: number): Progress {
  const number = new Intl.NumberFormat("en");
  let doneRows = 0;
  let shownPercent = 0;
  return {
    add: (rows) => {
      doneRows += rows;
      const percent = Math.floor((doneRows / totalRows) * 100);
      if (percent < shownPercent + STEP_PERCENT) return;
      shownPercent = percent;
      process.stderr.write(
        `  ${number.format(doneRows)} of ${number.format(totalRows)} rows (${percent}%)\n`,
      );
    },
    stop: () => undefined,
  };
}
