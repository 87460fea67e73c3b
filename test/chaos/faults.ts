import { parseArgs } from "node:util";
import setup from "../support/global-setup.ts";
import { shutdownUnderLoad } from "./graceful-shutdown.ts";
import { cut, freezeDatabase, killDatabase, refuseConnections } from "./outages.ts";
import { manyClients, smallPool } from "./pool-exhaustion.ts";
import type { Bounds, ScenarioOptions, ScenarioReport } from "./scenario.ts";

/*
 * `npm run trial:faults`: the database and the process fail by hand, under load, against started copies of the built
 * server on this machine. Short forms of the same scenes run in `npm test`.
 */
const ISSUE: Bounds = { answerMs: 10_000, openMs: 50, healthMs: 2_000, healMs: 5_000 };

interface Part {
  about: string;
  play(direction: ScenarioOptions): Promise<ScenarioReport>;
  direction: Partial<ScenarioOptions>;
}

const SCENES: Record<string, Part> = {
  kill: {
    about: "kill -9 of PostgreSQL ten times, half of them with all its backends",
    play: killDatabase,
    direction: { rounds: 10, bounds: { ...ISSUE, healMs: 2_000 } },
  },
  stop: { about: "SIGSTOP of all its processes for 30 s", play: freezeDatabase, direction: { seconds: 30 } },
  refused: {
    about: "connections broken and refused for 10 s",
    play: refuseConnections,
    direction: { seconds: 10 },
  },
  cut: { about: "a network that swallows everything for 20 s", play: cut, direction: { seconds: 20 } },
  pool: { about: "200 requests at once, a pool of 2", play: smallPool, direction: {} },
  crowd: { about: "300 requests at once, the default pool; then idle", play: manyClients, direction: {} },
  drain: { about: "SIGTERM under load, 20 times", play: shutdownUnderLoad, direction: { rounds: 20 } },
};

const HELP = `npm run trial:faults -- [options]

  --scene NAME     only this scene; may be given more than once
  --rounds N       of kill and drain (1 to 100)
  --seconds N      of stop, refused and cut (1 to 120)
  --writers N      who write at once (1 to 64; 16 unless told)
  --help

scenes:
${Object.entries(SCENES)
  .map(([name, { about }]) => `  ${name.padEnd(9)}${about}`)
  .join("\n")}
`;

function whole(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} wants a whole number from 1 to ${most}`);
  return value;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      scene: { type: "string", multiple: true },
      rounds: { type: "string" },
      seconds: { type: "string" },
      writers: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const names = values.scene ?? Object.keys(SCENES);
  for (const name of names) {
    if (!SCENES[name]) throw new Error(`there is no scene ${name}: ${Object.keys(SCENES).join(", ")}`);
  }
  return {
    help: values.help ?? false,
    names: [...new Set(names)],
    rounds: whole("rounds", values.rounds, 100),
    seconds: whole("seconds", values.seconds, 120),
    writers: whole("writers", values.writers, 64),
  };
}

const out = (text: string) => void process.stdout.write(text);
const REFRESH_MS = 500;

/** One line that tells what happens and how long it has taken; without a terminal, a line for each thing that happens. */
function progress(name: string) {
  const began = Date.now();
  let now = "starting";
  const line = () => `${name.padEnd(8)} ${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${now}`;
  const draw = () => void (process.stdout.isTTY && out(`\r\x1b[2K${line()}`));
  const timer = setInterval(draw, REFRESH_MS);
  draw();
  return {
    say(what: string) {
      now = what;
      if (process.stdout.isTTY) draw();
      else out(`${line()}\n`);
    },
    end() {
      clearInterval(timer);
      if (process.stdout.isTTY) out("\r\x1b[2K");
    },
  };
}

const COLUMNS = [
  "scene",
  "ack'd",
  "lost",
  "doubled",
  "other codes",
  "longest",
  "breaker open",
  "heals in",
  "",
];

function row({ scene, broken, healMs, ...sums }: ScenarioReport): string[] {
  const ms = (value: number | undefined) => (value === undefined ? "-" : `${Math.round(value)} ms`);
  const others = Object.entries(sums.otherCodes ?? {}).map(([code, count]) => `${code} ×${count}`);
  return [
    scene,
    ...[sums.acknowledged, sums.lost, sums.doubled].map((value) => String(value ?? "-")),
    others.join(", ") || "none",
    ...[sums.longestMs, sums.longestOpenMs, healMs].map(ms),
    broken.length === 0 ? "PASS" : "FAIL",
  ];
}

function printTable(findings: ScenarioReport[]): void {
  const table = [COLUMNS, ...findings.map(row)];
  const widths = COLUMNS.map((_, at) => Math.max(...table.map((cells) => cells[at]?.length ?? 0)));
  out("\n");
  for (const cells of table)
    out(
      `${cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  out("\n");
  for (const { scene, notes, broken } of findings) {
    out(`${scene}: ${notes.join("; ")}\n`);
    for (const line of broken) out(`  FAIL ${line}\n`);
  }
}

async function main(): Promise<number> {
  const { help, names, ...wanted } = readOptions();
  if (help) {
    out(HELP);
    return 0;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) return;
      out("\ninterrupted: ending what was started\n");
      interrupted.abort(new Error("interrupted"));
    });
  }
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const findings: ScenarioReport[] = [];
  const tearDown = await setup();
  try {
    for (const name of names) {
      if (interrupted.signal.aborted) break;
      const part = SCENES[name];
      if (!part) continue;
      const { say, end } = progress(name);
      const usual = { bounds: ISSUE, writers: 16, rounds: 1, seconds: 10 };
      const direction = { ...usual, ...part.direction, ...given, say, signal: interrupted.signal };
      const found = await part.play(direction).catch(
        (error: unknown): ScenarioReport => ({
          scene: name,
          notes: [],
          broken: [error instanceof Error ? error.message : String(error)],
        }),
      );
      end();
      findings.push(found);
    }
  } finally {
    await tearDown();
  }
  printTable(findings);
  return interrupted.signal.aborted || findings.some(({ broken }) => broken.length > 0) ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
