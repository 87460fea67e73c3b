import { rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog } from "../support/test-database.ts";
import { buildahEngine } from "./buildah.ts";
import { CHECKS } from "./checks.ts";
import { dockerEngine } from "./docker.ts";
import { type ImageEngine, tryCommand } from "./engine.ts";

/*
 * `npm run image:prove [-- --tag NAME --no-build]`: builds the image, tries it as an operator would, and prints its size.
 * With --no-build it tries the image of the last build. It uses Docker, or Debian's packages buildah and debootstrap.
 * It needs root, because the volumes belong to the user of the image. Exits with 1 if a check fails.
 */
const { values } = parseArgs({
  options: {
    tag: { type: "string", default: "localhost/tock:prove" },
    "no-build": { type: "boolean", default: false },
  },
});
const MAX_COMPRESSED_MB = 250;

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** @throws Error without a program that can build images, and for any other user than root */
async function findEngine(): Promise<ImageEngine> {
  // To give volumes to UID 1000 or to root, and to read the files that the image writes there.
  if (process.getuid?.() !== 0)
    throw new Error('image:prove needs root: sudo env "PATH=$PATH" npm run image:prove');
  const works = async (program: string, ...args: string[]) =>
    (await tryCommand(program, args).catch(() => ({ code: 1 }))).code === 0;
  if (await works("docker", "info")) return dockerEngine(values.tag);
  if ((await works("buildah", "--version")) && (await works("which", "debootstrap")))
    return buildahEngine(values.tag);
  throw new Error("image:prove needs Docker, or the Debian packages buildah and debootstrap.");
}

async function checkSize(engine: ImageEngine): Promise<boolean> {
  const megabytes = (await engine.compressedBytes()) / 1e6;
  const isSmall = megabytes <= MAX_COMPRESSED_MB;
  print(
    `${isSmall ? "ok    " : "FAILED"} has ${megabytes.toFixed(0)} MB compressed, at most ${MAX_COMPRESSED_MB} MB`,
  );
  return isSmall;
}

async function prove(engine: ImageEngine, databaseUrl: string): Promise<boolean> {
  let isOk = true;
  for (const { title, run } of CHECKS) {
    const startedAt = performance.now();
    const problem = await run({ engine, databaseUrl }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    print(`${problem === undefined ? "ok    " : "FAILED"} ${title} (${seconds} s)`);
    if (problem !== undefined) print(problem);
    isOk &&= problem === undefined;
  }
  return isOk;
}

const engine = await findEngine().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const dataDir = await temporaryFolder();
try {
  print(`Using ${engine.name} for ${values.tag}`);
  if (!values["no-build"]) await engine.build();
  const isSmall = await checkSize(engine);
  const database = await startEmbedded({ dataDir, log: silentLog, throwaway: true });
  try {
    process.exitCode = (await prove(engine, database.url)) && isSmall ? 0 : 1;
  } finally {
    await database.stop();
  }
} finally {
  await engine.cleanUp();
  await rm(dataDir, { recursive: true, force: true });
}
