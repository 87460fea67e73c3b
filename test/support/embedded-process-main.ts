import { attachOrStartEmbedded, startEmbedded } from "#db/embedded/embedded-database.ts";
import type { Log } from "#db/log.ts";

/*
 * A process that runs an embedded database and writes events as JSON lines, until its input is "stop" or it is killed.
 */
const [dataDir = "", mode = "start", ...flags] = process.argv.slice(2);
const emit = (event: object) => void process.stdout.write(`${JSON.stringify(event)}\n`);
const logAt = (level: string) => (fields: object, message: string) => emit({ level, message, ...fields });
const log: Log = { info: logAt("info"), warn: logAt("warn"), error: logAt("error") };

try {
  const open = mode === "attach" ? attachOrStartEmbedded : startEmbedded;
  const startedAt = Date.now();
  const database = await open({ dataDir, log, throwaway: flags.includes("throwaway") });
  emit({ url: database.url, dataFolder: database.dataFolder, milliseconds: Date.now() - startedAt });
  process.stdin.once("data", () => {
    void database.stop().then(() => process.exit(0));
  });
} catch (error) {
  emit({ error: error instanceof Error ? error.message : String(error), name: (error as Error).name });
  process.exit(1);
}
