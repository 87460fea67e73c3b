import { parseArgs } from "node:util";
import { type AppServer, startApp } from "../support/app-server.ts";
import setup from "../support/global-setup.ts";
import { signUp } from "../support/users.ts";
import { floodBodies, floodSlowClients } from "./floods.ts";
import { type FuzzOptions, fuzz } from "./fuzz.ts";
import { compareFailedSignIns, signInFlood } from "./hashing-load.ts";
import { createChecks } from "./scenario.ts";

/*
 * `npm run trial:attacks`: a started copy of the built server on this machine, attacked. Short forms of some of the
 * scenes run in `npm test`.
 */
interface Verdict {
  figures: string[];
  broken: string[];
}
interface Scene {
  about: string;
  play(tock: AppServer, orders: FuzzOptions & { pairs: number }): Promise<Verdict>;
}

/** Bounds of the issue that asks for them. */
const READ_P99_MS = 250;
const CRAWLED_P99_MS = 500;
const GROWTH_MIB = 50;
const TIMES_APART_PERCENT = 3;
/** The server's own limit for a whole request, and some time to notice. */
const OLDEST_SECONDS = 35;

const round = (value: number | undefined, unit: string, digits = 0) =>
  `${value?.toFixed(digits) ?? "-"} ${unit}`;

const SCENES: Record<string, Scene> = {
  requests: {
    about:
      "generated requests (--requests, --seconds, --seed): no 5xx, no leak, nothing refused changes anything",
    async play(tock, orders) {
      const { faults, requests, statuses, seconds, changes, unchanged, seed } = await fuzz(tock, orders);
      const counts = [...statuses]
        .sort(([a], [b]) => a - b)
        .map(([status, count]) => `${status || "cut"} ×${count}`);
      const figures = [
        `${requests} in ${round(seconds, "s")}, seed ${seed}`,
        `batches with changes: ${changes}, refused as a whole: ${unchanged}`,
        ...counts,
      ];
      return { figures, broken: faults };
    },
  },
  slow: {
    about: "a thousand clients who send a byte a second (--seconds, 60 unless told)",
    async play(tock, { seconds, signal }) {
      const person = await signUp(tock.url);
      const seen = await floodSlowClients(tock, person, { seconds: seconds || 60, signal });
      const verdict = createChecks();
      verdict.atMost("p99 of reads (ms)", seen.p99, CRAWLED_P99_MS);
      verdict.atMost("oldest slow connection (s)", seen.oldestSeconds ?? 0, OLDEST_SECONDS);
      verdict.holds(seen.failures.length === 0, `reads answered ${[...new Set(seen.failures)]}`);
      const figures = [
        `${seen.count} reads: p50 ${round(seen.p50, "ms")}, p99 ${round(seen.p99, "ms")}`,
        `${seen.ended} slow ones ended, the oldest after ${round(seen.oldestSeconds, "s", 1)}`,
      ];
      return { figures, broken: verdict.broken };
    },
  },
  bodies: {
    about: "a hundred bodies of 60 MB at once, declared and in chunks",
    async play(tock) {
      const person = await signUp(tock.url);
      for (let warm = 0; warm < 300; warm += 1) await person.api("GET", "/api/tasks");
      const { grownMib, sentMib, others } = await floodBodies(tock, person);
      const verdict = createChecks();
      verdict.atMost("growth (MiB)", grownMib, GROWTH_MIB);
      verdict.holds(others.length === 0, `not refused with 413: ${[...new Set(others)].join(", ")}`);
      return {
        figures: [`grown by ${round(grownMib, "MiB")}`, `${round(sentMib, "MiB")} of 6000 taken`],
        broken: verdict.broken,
      };
    },
  },
  rush: {
    about: "fifty sign-ins a second (--seconds, 20 unless told) while tasks are read",
    async play(tock, { seconds, signal }) {
      const person = await signUp(tock.url);
      const { reads, statuses, grownMib } = await signInFlood(tock, person, {
        seconds: seconds || 20,
        signal,
      });
      const verdict = createChecks();
      verdict.atMost("p99 of reads (ms)", reads.p99, READ_P99_MS);
      verdict.atMost("growth (MiB)", grownMib, GROWTH_MIB);
      const others = Object.keys(statuses).filter((status) => !["401", "429", "503"].includes(status));
      verdict.holds(others.length === 0, `sign-ins answered ${others}`);
      const figures = [
        `${reads.count} reads: p50 ${round(reads.p50, "ms")}, p99 ${round(reads.p99, "ms")}`,
        `sign-ins: ${Object.entries(statuses).map(([status, count]) => `${status} ×${count}`)}`,
        `grown by ${round(grownMib, "MiB")}`,
      ];
      return { figures, broken: verdict.broken };
    },
  },
  timing: {
    about: "an unknown address beside a wrong password, turn by turn (--pairs, 100 unless told)",
    async play(tock, { pairs, say, signal }) {
      const { knownMs, unknownMs, percent, same } = await compareFailedSignIns(tock, {
        rounds: pairs,
        say,
        signal,
      });
      const verdict = createChecks();
      verdict.atMost("medians apart (%)", percent, TIMES_APART_PERCENT);
      verdict.holds(same, "the answers differ");
      const figures = [
        `wrong password ${round(knownMs, "ms", 1)}, unknown address ${round(unknownMs, "ms", 1)}`,
        `apart by ${round(percent, "%", 2)}`,
      ];
      return { figures, broken: verdict.broken };
    },
  },
};

const HELP = `npm run trial:attacks -- [options]

  --scene NAME     only this scene; may be given more than once
  --requests N     at least so many generated requests (20000 unless told)
  --seconds N      at least so long; of slow and rush, just so long
  --seed N         of the generated requests; a new one unless told
  --pairs N        of timing
  --help

scenes:
${Object.entries(SCENES)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join("\n")}
`;

function whole(name: string, text: string | undefined, usual: number, most: number): number {
  const value = Number(text ?? usual);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new Error(`--${name} wants a whole number up to ${most}`);
  return value;
}

function readOptions() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      scene: { ...text, multiple: true },
      requests: text,
      seconds: text,
      seed: text,
      pairs: text,
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
    requests: whole("requests", values.requests, 20_000, 100_000_000),
    seconds: whole("seconds", values.seconds, 0, 86_400),
    seed: whole("seed", values.seed, Math.trunc(Date.now() / 1_000), 2 ** 31),
    pairs: whole("pairs", values.pairs, 100, 10_000),
  };
}

const out = (text: string) => void process.stdout.write(text);
const REFRESH_MS = 500;

/** One line that tells what happens and for how long; without a terminal a line now and then. */
function progress(name: string) {
  const began = Date.now();
  let now = "under way";
  let told = 0;
  const line = () => `${name.padEnd(9)}${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${now}`;
  const draw = () => {
    if (process.stdout.isTTY) out(`\r\x1b[2K${line()}`);
    else if (Date.now() - told >= 10_000) {
      told = Date.now();
      out(`${line()}\n`);
    }
  };
  const timer = setInterval(draw, REFRESH_MS);
  draw();
  return {
    say(what: string) {
      now = what;
    },
    end() {
      clearInterval(timer);
      if (process.stdout.isTTY) out("\r\x1b[2K");
    },
  };
}

async function main(): Promise<number> {
  const { help, names, ...orders } = readOptions();
  if (help) {
    out(HELP);
    return 0;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.abort());
  const verdicts: [string, Verdict][] = [];
  const tearDown = await setup();
  try {
    for (const name of names) {
      const scene = SCENES[name];
      if (!scene || interrupted.signal.aborted) continue;
      const tock = await startApp();
      const { say, end } = progress(name);
      const failed = (error: unknown): Verdict => ({ figures: [], broken: [String(error)] });
      verdicts.push([
        name,
        await scene.play(tock, { ...orders, say, signal: interrupted.signal }).catch(failed),
      ]);
      end();
      await tock.stop();
    }
  } finally {
    await tearDown();
  }
  out("\n");
  for (const [name, { figures, broken }] of verdicts) {
    out(`${name.padEnd(10)}${broken.length === 0 ? "PASS" : "FAIL"}  ${figures.join("; ")}\n`);
    for (const line of broken) out(`${" ".repeat(10)}  ${line}\n`);
  }
  return interrupted.signal.aborted || verdicts.some(([, { broken }]) => broken.length > 0) ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
