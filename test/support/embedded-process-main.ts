import { attachOrStartEmbedded, type Log, startEmbedded } from "#db/embedded/embedded-database.ts";

/** An app in a process of its own: says what happens, one JSON per line, until its input says "stop" or it is killed. */
const [dataDir = "", how = "start", ...flags] = process.argv.slice(2);
const say = (event: object) => void process.stdout.write(`${JSON.stringify(event)}\n`);
const at = (level: string) => (fields: object, message: string) => say({ level, message, ...fields });
const log: Log = { info: at("info"), warn: at("warn"), error: at("error") };

try {
  const begin = how === "attach" ? attachOrStartEmbedded : startEmbedded;
  const started = Date.now();
  const database = await begin({ dataDir, log, throwaway: flags.includes("throwaway") });
  say({ url: database.url, dataFolder: database.dataFolder, milliseconds: Date.now() - started });
  process.stdin.once("data", () => {
    void database.stop().then(() => process.exit(0));
  });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : String(error), name: (error as Error).name });
  process.exit(1);
}
