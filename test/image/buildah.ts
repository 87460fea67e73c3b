import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container, ContainerOptions, ImageEngine } from "./engine.ts";
import { runCommand, tryCommand } from "./engine.ts";
import { createStandInBase } from "./stand-in-base.ts";

/** Works without a daemon, user namespaces and overlay file systems. Needs root. */
const buildah = (...args: string[]) => runCommand("buildah", ["--storage-driver", "vfs", ...args]);

/** The part of the image configuration that a container runtime reads. */
interface ImageConfig {
  Env: string[];
  Entrypoint: string[];
  Cmd: string[];
  User: string;
  WorkingDir: string;
  Healthcheck: { Test: string[] };
}

/**
 * Builds and runs the image on machines without Docker: Debian's buildah builds it on a stand-in for its base image, and
 * `unshare` runs it in namespaces of its own, as PID 1 and with a read-only root.
 */
export async function buildahEngine(tag: string): Promise<ImageEngine> {
  const folder = await mkdtemp(join(tmpdir(), "tock-image-"));
  const running = new Set<Container>();
  let workingContainer: string | undefined;
  const readConfig = async (): Promise<ImageConfig> =>
    JSON.parse(await buildah("inspect", "--type", "image", tag)).Docker.config;
  /** Mounts the image once: a container cannot change its root. */
  const mountImage = async (): Promise<string> => {
    workingContainer ??= await buildah("from", "--pull-never", tag);
    return buildah("mount", workingContainer);
  };
  return {
    name: "buildah, on a stand-in for the base image",
    build: async () => {
      const dockerfile = await readFile("Dockerfile", "utf8");
      const [, base = ""] = /^FROM (\S+?)@sha256:\S+ AS base$/m.exec(dockerfile) ?? [];
      await createStandInBase(buildah, base, folder);
      // The stand-in has another digest.
      const path = join(folder, "Dockerfile");
      await writeFile(path, dockerfile.replace(/@sha256:\S+/, ""));
      await buildah(
        ...["bud", "--isolation", "chroot", "--pull-never", "--format", "docker"],
        ...["--file", path, "--tag", tag, "."],
      );
    },
    compressedBytes: async () => {
      const layout = join(folder, "layout");
      await buildah("push", "--quiet", tag, `oci:${layout}`);
      const [bytes = ""] = (await runCommand("du", ["--summarize", "--bytes", layout])).split("\t");
      return Number(bytes);
    },
    healthCheck: async () => (await readConfig()).Healthcheck.Test.slice(1),
    run: async (options) => startContainer(await mountImage(), await readConfig(), options, running),
    cleanUp: async () => {
      for (const container of running) await container.kill();
      if (workingContainer) await buildah("rm", workingContainer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Arguments: the root, the folder for /data or "", then the program. */
const ENTER_ROOT = `set -e
root=$0 data=$1
shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
if [ -n "$data" ]; then mount --bind "$data" "$root/data"; fi
mount -o remount,bind,ro "$root"
exec "$@"`;

async function startContainer(
  root: string,
  config: ImageConfig,
  { env, data = "" }: ContainerOptions,
  running: Set<Container>,
): Promise<Container> {
  const variables = [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const inRoot = (command: string[]) => [
    ...["chroot", `--userspec=${config.User}`, root],
    ...["env", "--ignore-environment", `--chdir=${config.WorkingDir}`, ...variables, ...command],
  ];
  const program = inRoot([...config.Entrypoint, ...config.Cmd]);
  const namespaces = ["--pid", "--fork", "--kill-child", "--mount", "--ipc", "--uts"];
  const child = spawn("unshare", [...namespaces, "sh", "-c", ENTER_ROOT, root, data, ...program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const closed = once(child, "close").then(([code]) => {
    running.delete(container);
    return code as number;
  });
  const firstProcess = async () => {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    return Number(children.trim());
  };
  const container: Container = {
    output: () => output,
    exec: async (command) => {
      const target = ["--target", String(await firstProcess()), "--pid", "--mount"];
      return tryCommand("nsenter", [...target, "--", ...inRoot(command)]);
    },
    stop: async () => {
      process.kill(await firstProcess(), "SIGTERM");
      return closed;
    },
    kill: async () => {
      process.kill(await firstProcess(), "SIGKILL");
      await closed;
    },
    ended: () => closed,
  };
  running.add(container);
  return container;
}
