import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "../support/wait-until.ts";
import type { CommandResult, ImageEngine } from "./engine.ts";
import { createVolume, type Instance, signIn, signUp, startInstance } from "./instance.ts";

const KILLS = 5;
const secret = () => randomBytes(32).toString("hex");
const SECRETS = { JWT_SECRET: secret(), SESSION_SECRET: secret(), BETTER_AUTH_SECRET: secret() };

export interface CheckContext {
  engine: ImageEngine;
  /** A PostgreSQL outside of the image. */
  databaseUrl: string;
}

/** A property of the image. It throws an Error if it does not hold. */
export interface Check {
  title: string;
  run(context: CheckContext): Promise<void>;
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

const assertSucceeds = ({ code, output }: CommandResult, name: string) =>
  assert(code === 0, `${name} ended with exit code ${code}: ${output}`);

async function stopGracefully(instance: Instance): Promise<void> {
  const code = await instance.stop();
  assert(code === 0, `SIGTERM ended it with exit code ${code}:\n${instance.output()}`);
}

/** Counts the ended processes that nothing has reaped. */
async function countZombies(instance: Instance): Promise<number> {
  const list = "grep -ls '^State:.Z' /proc/[0-9]*/status || true";
  const { output } = await instance.exec(["sh", "-c", list]);
  return output.split("\n").filter(Boolean).length;
}

export const CHECKS: Check[] = [
  {
    title:
      "serves with DATABASE_URL and a read-only root as UID 1000; HEALTHCHECK and `tock` work; SIGTERM: exit code 0",
    run: async ({ engine, databaseUrl }) => {
      const instance = await startInstance(engine, { DATABASE_URL: databaseUrl, ...SECRETS });
      const { output: uid } = await instance.exec(["id", "-u"]);
      assert(uid === "1000", `it runs as UID ${uid}`);
      const write = await instance.exec(["sh", "-c", "touch /app/written"]);
      assert(write.code !== 0, "its root can be written");
      assertSucceeds(await instance.exec(await engine.healthCheck()), "HEALTHCHECK");
      assertSucceeds(await instance.exec(["tock", "migrate"]), "tock migrate");
      await signUp(instance, "external@example.org");
      await stopGracefully(instance);
    },
  },
  {
    title: "reads DATABASE_URL and its secrets from HF_SPACE_SECRETS, as lines of `export NAME=value`",
    run: async ({ engine, databaseUrl }) => {
      const lines = Object.entries({ DATABASE_URL: databaseUrl, ...SECRETS });
      const HF_SPACE_SECRETS = lines.map(([name, value]) => `export ${name}="${value}"`).join("\n");
      const instance = await startInstance(engine, { HF_SPACE_SECRETS });
      await signIn(instance, "external@example.org");
      await stopGracefully(instance);
    },
  },
  {
    title: "names all missing secrets in one line, and ends with exit code 1",
    run: async ({ engine, databaseUrl }) => {
      const container = await engine.run({ env: { DATABASE_URL: databaseUrl } });
      const code = await container.ended();
      assert(code === 1, `exit code ${code}`);
      const names = Object.keys(SECRETS);
      const lines = container.output().trim().split("\n");
      assert(
        lines.some((line) => names.every((name) => line.includes(name))),
        `it said:\n${container.output()}`,
      );
    },
  },
  {
    title: `keeps its own database on a volume through ${KILLS} kills, then stops gracefully`,
    run: async ({ engine }) => {
      const volume = await createVolume();
      try {
        for (let round = 0; round <= KILLS; round++) {
          const instance = await startInstance(engine, { RATE_LIMIT_AUTH_PER_MINUTE: "100" }, volume.path);
          if (round === 0) await signUp(instance, "volume@example.org");
          await signIn(instance, "volume@example.org");
          if (round < KILLS) await instance.kill();
          else await stopGracefully(instance);
        }
      } finally {
        await volume.remove();
      }
    },
  },
  {
    title: "restarts its own database after a crash, and leaves no zombies",
    run: async ({ engine }) => {
      const volume = await createVolume();
      try {
        const instance = await startInstance(engine, {}, volume.path);
        await signUp(instance, "crash@example.org");
        const [postmaster] = (await readFile(join(volume.path, "postgres/postmaster.pid"), "utf8")).split(
          "\n",
        );
        assertSucceeds(await instance.exec(["sh", "-c", `kill -9 ${Number(postmaster)}`]), "kill");
        await waitUntil(() =>
          signIn(instance, "crash@example.org").then(
            () => true,
            () => false,
          ),
        );
        await waitUntil(async () => (await countZombies(instance)) === 0);
        await stopGracefully(instance);
      } finally {
        await volume.remove();
      }
    },
  },
  {
    title: "explains with UID 1000 why it cannot use a volume of root, and ends with exit code 1",
    run: async ({ engine }) => {
      const volume = await createVolume(0);
      try {
        const container = await engine.run({ env: {}, data: volume.path });
        const code = await container.ended();
        assert(
          code === 1 && container.output().includes("1000"),
          `exit code ${code}:\n${container.output()}`,
        );
      } finally {
        await volume.remove();
      }
    },
  },
];
